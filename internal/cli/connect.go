package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/migrationlink/migrationlink/client"
)

func newConnect(p Process) *cobra.Command {
	var flags callFlags
	var tokenFile string
	var yes bool
	cmd := &cobra.Command{
		Use:     "connect --org ID [--url ADDR] [-o FORMAT] [--token-file FILE] [--yes]",
		Aliases: []string{"create"},
		Short:   "Connect an organization with one of Atlas",
		Long: `Connect an organization of Cloud Manager or Ops Manager with the organization of
Atlas that the link-token was generated in.

The link-token is read from --token-file, else from standard input; where that
is a terminal it is asked for and not shown. It is never an argument, which
would stay in the shell's history and in the list of processes. One line ending
is taken off it.

On a terminal you are asked before anything is sent; elsewhere --yes is needed.
` + callHelp,
		Example:               "  migrationlink connect --org 5f7aac56b3a0b94bcdce6d8a --yes <berlin.token",
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
			}
			if !yes || tokenFile == "" && p.onTerminal() {
				fmt.Fprintf(p.Stderr, "organization %s at %s\n", c.org, c.url)
			}
			token, err := readToken(cmd.Context(), p, tokenFile)
			if err != nil {
				return err
			}
			if !yes {
				if err := confirm(cmd.Context(), p, "connect "+c.org.String()); err != nil {
					return err
				}
			}
			link, err := c.client.Connect(cmd.Context(), c.org, token)
			if err != nil {
				return c.failure(cmd.Context(), err)
			}
			if err := flags.output.write(p, connected(link.Status, c.askStatus()), c.org, link); err != nil {
				done := "connected"
				if link.Status == client.Unknown {
					done = "accepted"
				}
				return notWritten(done, err)
			}
			return nil
		},
	}
	flags.add(cmd)
	cmd.Flags().StringVar(&tokenFile, "token-file", "", "the `FILE` that the link-token is in")
	addYes(cmd, &yes)
	return cmd
}

func addYes(cmd *cobra.Command, yes *bool) {
	cmd.Flags().BoolVar(yes, "yes", false, "go on without asking (also --force)")
	alias(cmd, "force", "yes")
}

// connected is the result for people, and what to run where it leaves something open.
func connected(status client.Status, askStatus string) string {
	switch status {
	case client.NotSynced:
		return "connected, NOT_SYNCED: the first push has not arrived. Follow it: " + askStatus
	case client.Unknown:
		return "accepted, state unknown: the answer did not tell it. Ask: " + askStatus
	}
	return "connected, " + string(status)
}
