package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
)

func newDisconnect(p Process) *cobra.Command {
	var flags callFlags
	var yes bool
	var list manyFlags
	cmd := &cobra.Command{
		Use:     "disconnect [-P NAME] [--org ID] [--url ADDR] [--yes] [-o FORMAT]\n  migrationlink disconnect --from FILE --results FILE [--yes] [-o FORMAT]",
		Aliases: []string{"delete", "rm"},
		Short:   "End an organization's connection with Atlas",
		Long: `End the connection of an organization with one of Atlas: nothing is synchronized
any more. On a terminal you are told what would be cut and asked before anything
is; elsewhere --yes is needed.
` + manyHelp + `. --results keeps what was begun and what
came of it: run again with the same file, and what has an outcome is left alone.
` + callHelp,
		Args:                  noArguments,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := newCall(p, flags)
			if err != nil {
				return err
			}
			ctx, end := c.bound(cmd.Context())
			defer end()
			return disconnect(ctx, p, c, yes)
		},
	}
	flags.add(cmd)
	addYes(cmd, &yes)
	list.addResults(cmd)
	list.add(cmd, func(ctx context.Context) error {
		return (&manyRun{p: p, flags: flags, many: list, operation: migrationlink.OperationDisconnect, yes: yes}).run(ctx)
	})
	return cmd
}

func disconnect(ctx context.Context, p Process, c call, yes bool) error {
	if !yes {
		if err := p.canAsk(); err != nil {
			return err
		}
		before, err := c.client.Status(ctx, c.org)
		if err != nil {
			return c.failure(ctx, err)
		}
		if err := confirm(ctx, p, disconnectQuestion(c, before)); err != nil {
			return err
		}
	}
	if err := c.client.Disconnect(ctx, c.org); err != nil {
		return c.failure(ctx, err)
	}
	if err := c.flags.output.write(p, "disconnected", result{Result: "disconnected", OrgID: c.org}, client.Link{}); err != nil {
		return notWritten("disconnected", err)
	}
	return nil
}

// disconnectQuestion is what is asked before a disconnect: what would be cut, and what that means.
func disconnectQuestion(c call, before client.Link) string {
	to := ""
	if id, ok := before.TargetOrg["orgId"].(string); ok {
		to = " from the Atlas organization " + id
	}
	return fmt.Sprintf("Disconnect  %s  %s, now %s%s\nNothing is synchronized any more; connecting it again takes a link-token.\nDisconnect", c.org, c.place(), shown(before.Status), to)
}
