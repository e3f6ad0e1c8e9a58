package cli

import (
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/settings"
	"github.com/spf13/cobra"
)

func newConfig(p console.Process) *cobra.Command {
	var flags settings.Flags
	cmd := &cobra.Command{
		Use:   "config [-P NAME] [--org ID] [--url ADDR] [-o FORMAT]",
		Short: "Show which settings a call would take, and from where",
		Long: `Show the settings that connect, status and disconnect would take with the same
flags, and where each comes from: a flag, else the environment, else the file of
mongocli, its top level before the profile. Nothing is sent. It succeeds only if
a call could be made with them; else it says everything that is wrong.

The credentials come whole from one place, an unknown profile is an error, and
certificates are always verified: three differences from mongocli.
docs/profiles.md says more.
` + console.ExitCodesHelp,
		Example:               "  migrationlink config -P berlin",
		Args:                  noArguments,
		DisableFlagsInUseLine: true,
		RunE: func(*cobra.Command, []string) error {
			s, err := settings.NewSources(p, flags)
			if err != nil {
				return err
			}
			profile, err := s.Profile()
			if err != nil {
				return err
			}
			c, err := s.Call(profile, console.Setting{})
			if err != nil {
				return err
			}
			if err := c.Shown(s).Write(p.Stdout, c.Flags.Output); err != nil {
				return console.NotWritten("the settings are right", err)
			}
			return nil
		},
	}
	flags.Add(cmd)
	return cmd
}
