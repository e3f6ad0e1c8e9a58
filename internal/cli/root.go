package cli

import (
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/settings"
	"github.com/migrationlink/migrationlink/internal/spelling"
)

func newRoot(p console.Process) *cobra.Command {
	root := &cobra.Command{
		Use:   "migrationlink",
		Short: "Connect an organization of Cloud Manager or Ops Manager with one of Atlas",
		Long: `migrationlink connects an organization of MongoDB Cloud Manager or Ops Manager
with one of Atlas, the first step of every live migration, shows how the
connection is doing, and ends it. The link-token is never shown.

To see it work, without an account and on this machine alone:
migrationlink demo
` + console.ExitCodesHelp,
		Version:       "v" + migrationlink.Version,
		Args:          unknownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetVersionTemplate("migrationlink {{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	root.SetArgs(p.Args)
	root.SetIn(p.Stdin)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	root.AddCommand(newDemo(p), newServe(p), newConnect(p), newStatus(p), newDisconnect(p), newDoctor(p), newConfig(p), newCheck(p), newProxy(p), newHealth(p))
	finishFlags(root)
	settings.CompleteProfiles(root, p)
	addHelp(root)
	addCompletion(root)
	return root
}

// The messages of cobra and pflag repeat what was typed. Ours do not: what stands in the wrong place may be a link-token or a key.

func unknownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, cmd := range root.Commands() {
		names = append(append(names, cmd.Name()), cmd.Aliases...)
	}
	if name := spelling.Nearest(args[0], names); name != "" {
		return console.Usagef("unknown command; did you mean %s? migrationlink --help lists the commands", name)
	}
	return console.Usagef("unknown command; migrationlink --help lists the commands")
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return console.Usagef("%s takes flags, but no arguments; %s --help lists the flags", cmd.Name(), cmd.CommandPath())
}

func flagError(cmd *cobra.Command, err error) error {
	var (
		unknown *pflag.NotExistError
		missing *pflag.ValueRequiredError
		invalid *pflag.InvalidValueError
	)
	what := "a flag is not written as one"
	switch {
	case errors.As(err, &missing):
		what = "--" + missing.GetFlag().Name + " needs a value"
	case errors.As(err, &invalid) && errors.Is(errors.Unwrap(invalid), errEmpty):
		what = "--" + invalid.GetFlag().Name + " " + errEmpty.Error()
	case errors.As(err, &invalid):
		what = "--" + invalid.GetFlag().Name + ": " + errors.Unwrap(invalid).Error()
		switch invalid.GetFlag().Value.Type() { // the errors of pflag's own types repeat the value
		case "bool":
			what = "--" + invalid.GetFlag().Name + ": want true or false, or no value, which is true"
		case "int":
			what = "--" + invalid.GetFlag().Name + ": want a whole number"
		}
	case errors.As(err, &unknown):
		what = "unknown flag"
		if unknown.GetSpecifiedShortnames() != "" {
			break
		}
		// mongocli has --linkToken.
		if spelling.Nearest(unknown.GetSpecifiedName(), []string{"linkToken", "link-token", "token"}) != "" {
			what = "unknown flag: a link-token on the command line would stay in the shell's history and in the list of processes; " +
				"give it on standard input, with --token-file, or when asked"
			break
		}
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if name := spelling.Nearest(unknown.GetSpecifiedName(), names); name != "" {
			what += "; did you mean --" + name + "?"
		}
	}
	return console.Usagef("%s: %s\n%s --help lists the flags", cmd.Name(), what, cmd.CommandPath())
}
