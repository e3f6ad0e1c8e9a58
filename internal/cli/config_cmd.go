package cli

import "github.com/spf13/cobra"

func newConfig(p Process) *cobra.Command {
	var flags callFlags
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
` + exitCodes,
		Example:               "  migrationlink config -P berlin",
		Args:                  noArguments,
		DisableFlagsInUseLine: true,
		RunE: func(*cobra.Command, []string) error {
			s, err := newSources(p, flags)
			if err != nil {
				return err
			}
			profile, err := s.profile()
			if err != nil {
				return err
			}
			c, err := s.call(profile, setting{})
			if err != nil {
				return err
			}
			if err := c.shown(s).write(p.Stdout, c.flags.output); err != nil {
				return notWritten("the settings are right", err)
			}
			return nil
		},
	}
	flags.add(cmd)
	return cmd
}
