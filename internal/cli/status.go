package cli

import (
	"github.com/spf13/cobra"

	"github.com/migrationlink/migrationlink/client"
)

func newStatus(p Process) *cobra.Command {
	var flags callFlags
	cmd := &cobra.Command{
		Use:     "status --org ID [--url ADDR] [-o FORMAT]",
		Aliases: []string{"describe", "get"},
		Short:   "Show how an organization's connection is doing",
		Long: `Show how the connection of an organization is doing: SYNCED, or NOT_SYNCED, which
an organization that is not connected is too.
` + callHelp,
		Args:                  noArguments,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := newCall(p, flags)
			if err != nil {
				return err
			}
			link, err := c.client.Status(cmd.Context(), c.org)
			if err != nil {
				return c.failure(cmd.Context(), err)
			}
			if err := flags.output.write(p, shown(link.Status), c.org, link); err != nil {
				return notWritten("answered", err)
			}
			return nil
		},
	}
	flags.add(cmd)
	return cmd
}

// shown is a status for people.
func shown(status client.Status) string {
	if status == client.Unknown {
		return "unknown: the answer did not tell it"
	}
	return string(status)
}
