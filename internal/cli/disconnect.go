package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/migrationlink/migrationlink/client"
)

func newDisconnect(p Process) *cobra.Command {
	var flags callFlags
	var yes bool
	cmd := &cobra.Command{
		Use:     "disconnect --org ID [--url ADDR] [-o FORMAT] [--yes]",
		Aliases: []string{"delete", "rm"},
		Short:   "End an organization's connection with Atlas",
		Long: `End the connection of an organization with one of Atlas: nothing is synchronized
any more. On a terminal you are asked before anything is sent; elsewhere --yes is
needed.
` + callHelp,
		Args:                  noArguments,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := newCall(p, flags)
			if err != nil {
				return err
			}
			if !yes {
				if err := p.canAsk(); err != nil {
					return err
				}
				fmt.Fprintf(p.Stderr, "organization %s at %s\n", c.org, c.url)
				if err := confirm(cmd.Context(), p, "disconnect "+c.org.String()); err != nil {
					return err
				}
			}
			if err := c.client.Disconnect(cmd.Context(), c.org); err != nil {
				return c.failure(cmd.Context(), err)
			}
			if err := flags.output.write(p, "disconnected", c.org, client.Link{}); err != nil {
				return notWritten("disconnected", err)
			}
			return nil
		},
	}
	flags.add(cmd)
	addYes(cmd, &yes)
	return cmd
}
