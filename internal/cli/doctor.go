package cli

import (
	"context"

	"github.com/migrationlink/migrationlink/internal/bulk"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/doctor"
	"github.com/migrationlink/migrationlink/internal/settings"
	"github.com/spf13/cobra"
)

const doctorHelp = `Find out, step by step, why a call is refused: address, DNS, TCP, proxy, TLS,
clock, challenge, key, access list, role, organization. Each step is ok, fail or
skip, with what was found; one that failed has the next thing to do.

It asks once for the status of the organization and watches that call. It writes
nothing, has no link-token, and verifies certificates as every other command.

Exit codes: 0 a call works, be the organization SYNCED or NOT_SYNCED; 1 failed,
or the clocks are too far apart; 2 wrong usage or configuration; 4 not signed
in; 5 not allowed; 6 not found; 8 unavailable or rate limited; 10 with --from, some
failed; 130 interrupted.
` + bulk.Help + "."

func newDoctor(p console.Process) *cobra.Command {
	var flags settings.Flags
	var list bulk.Flags
	cmd := &cobra.Command{
		Use:                   "doctor [-P NAME] [--org ID] [--url ADDR] [-o FORMAT]",
		Short:                 "Find out why a call is refused",
		Long:                  doctorHelp,
		Example:               "  migrationlink doctor --org 5f7aac56b3a0b94bcdce6d8a --url https://om.berlin.example:8443",
		Args:                  noArguments,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := settings.NewCall(p, flags)
			if err != nil {
				return err
			}
			ctx, end := c.Bound(cmd.Context())
			defer end()
			x := doctor.Examine(ctx, p, c)
			if err := x.Write(p.Stdout, c.Flags.Output); err != nil {
				return console.NotWritten("examined", err)
			}
			return x.Result()
		},
	}
	flags.AddOnce(cmd)
	list.Add(cmd, func(ctx context.Context) error { return bulk.Doctor(ctx, p, flags, list) })
	return cmd
}
