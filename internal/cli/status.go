package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
)

func newStatus(p Process) *cobra.Command {
	var flags callFlags
	var watch bool
	var list manyFlags
	cmd := &cobra.Command{
		Use:     "status [-P NAME] [--org ID] [--url ADDR] [--watch] [-o FORMAT]\n  migrationlink status --from FILE [-o FORMAT]",
		Aliases: []string{"describe", "get"},
		Short:   "Show how an organization's connection is doing",
		Long: `Show how the connection of an organization is doing: SYNCED, or NOT_SYNCED, which
an organization that is not connected is too. With --watch it goes on until the
organization is SYNCED, or until --timeout has passed.
` + manyHelp + `.
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
			return status(ctx, p, c, watch)
		},
	}
	flags.add(cmd)
	cmd.Flags().BoolVar(&watch, "watch", false, "go on until the organization is SYNCED")
	list.add(cmd, func(ctx context.Context) error { return statusMany(ctx, p, flags, list) })
	return cmd
}

func status(ctx context.Context, p Process, c call, watch bool) error {
	var link client.Link
	var err error
	if watch {
		if link, err = waitSynced(ctx, p, c); err != nil {
			return notSynced(ctx, p, c, link, err, result{OrgID: c.org})
		}
	} else if link, err = c.client.Status(ctx, c.org); err != nil {
		return c.failure(ctx, err)
	}
	if err := c.flags.output.write(p, shown(link.Status), result{OrgID: c.org}, link); err != nil {
		return notWritten("answered", err)
	}
	switch link.Status {
	case migrationlink.StatusSynced:
		return nil
	case migrationlink.StatusUnknown:
		return resultError(ExitFailed)
	}
	return resultError(ExitNotSynced)
}
