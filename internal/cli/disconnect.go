package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/internal/bulk"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/settings"
)

func newDisconnect(p console.Process) *cobra.Command {
	var flags settings.Flags
	var yes bool
	var list bulk.Flags
	cmd := &cobra.Command{
		Use:     "disconnect [-P NAME] [--org ID] [--url ADDR] [--yes] [-o FORMAT]\n  migrationlink disconnect --from FILE --results FILE [--yes] [-o FORMAT]",
		Aliases: []string{"delete", "rm"},
		Short:   "End an organization's connection with Atlas",
		Long: `End the connection of an organization with one of Atlas: nothing is synchronized
any more. On a terminal you are told what would be cut and asked before anything
is; elsewhere --yes is needed.
` + bulk.Help + `. --results keeps what was begun and what
came of it: run again with the same file, and what has an outcome is left alone.
` + settings.Help,
		Args:                  noArguments,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := settings.NewCall(p, flags)
			if err != nil {
				return err
			}
			ctx, end := c.Bound(cmd.Context())
			defer end()
			return disconnect(ctx, p, c, yes)
		},
	}
	flags.Add(cmd)
	addYes(cmd, &yes)
	list.AddResults(cmd)
	list.Add(cmd, func(ctx context.Context) error {
		return (&bulk.Run{Process: p, Flags: flags, List: list, Operation: migrationlink.OperationDisconnect, Yes: yes}).Do(ctx)
	})
	return cmd
}

func disconnect(ctx context.Context, p console.Process, c settings.Call, yes bool) error {
	if !yes {
		if err := p.CanAsk(); err != nil {
			return err
		}
		before, err := c.Client.Status(ctx, c.Org)
		if err != nil {
			return c.Failure(ctx, err)
		}
		if err := console.Confirm(ctx, p, disconnectQuestion(c, before)); err != nil {
			return err
		}
	}
	if err := c.Client.Disconnect(ctx, c.Org); err != nil {
		return c.Failure(ctx, err)
	}
	if err := c.Flags.Output.Write(p, "disconnected", console.Result{Result: "disconnected", OrgID: c.Org}, client.Link{}); err != nil {
		return console.NotWritten("disconnected", err)
	}
	return nil
}

// disconnectQuestion is what is asked before a disconnect: what would be cut, and what that means.
func disconnectQuestion(c settings.Call, before client.Link) string {
	to := ""
	if id, ok := before.TargetOrg["orgId"].(string); ok {
		to = " from the Atlas organization " + id
	}
	return fmt.Sprintf("Disconnect  %s  %s, now %s%s\nNothing is synchronized any more; connecting it again takes a link-token.\nDisconnect", c.Org, c.Place(), console.StatusText(before.Status), to)
}
