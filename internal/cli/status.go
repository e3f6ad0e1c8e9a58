package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/internal/bulk"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/settings"
)

func newStatus(p console.Process) *cobra.Command {
	var flags settings.Flags
	var watch bool
	var list bulk.Flags
	cmd := &cobra.Command{
		Use:     "status [-P NAME] [--org ID] [--url ADDR] [--watch] [-o FORMAT]\n  migrationlink status --from FILE [-o FORMAT]",
		Aliases: []string{"describe", "get"},
		Short:   "Show how an organization's connection is doing",
		Long: `Show how the connection of an organization is doing: SYNCED, or NOT_SYNCED, which
an organization that is not connected is too. With --watch it goes on until the
organization is SYNCED, or until --timeout has passed.
` + bulk.Help + `.
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
			return status(ctx, p, c, watch)
		},
	}
	flags.Add(cmd)
	cmd.Flags().BoolVar(&watch, "watch", false, "go on until the organization is SYNCED")
	list.Add(cmd, func(ctx context.Context) error { return bulk.Status(ctx, p, flags, list) })
	return cmd
}

func status(ctx context.Context, p console.Process, c settings.Call, watch bool) error {
	var link client.Link
	var err error
	if watch {
		if link, err = waitSynced(ctx, p, c); err != nil {
			return notSynced(ctx, p, c, link, err, console.Result{OrgID: c.Org})
		}
	} else if link, err = c.Client.Status(ctx, c.Org); err != nil {
		return c.Failure(ctx, err)
	}
	if err := c.Flags.Output.Write(p, console.StatusText(link.Status), console.Result{OrgID: c.Org}, link); err != nil {
		return console.NotWritten("answered", err)
	}
	switch link.Status {
	case migrationlink.StatusSynced:
		return nil
	case migrationlink.StatusUnknown:
		return console.ResultError(console.ExitFailed)
	}
	return console.ResultError(console.ExitNotSynced)
}
