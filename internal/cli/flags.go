package cli

import (
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// errEmpty is what is wrong with a flag's value that is empty: a variable of a script that was never set, most often.
var errEmpty = errors.New("is empty; give it a value, or leave it out")

// text is the value of a flag that takes one, under the name that help gives it, like FILE. An empty one is refused.
type text struct {
	pflag.Value
	name string
}

func (v text) Type() string { return v.name }

func (v text) Set(s string) error {
	if s == "" {
		return errEmpty
	}
	return v.Value.Set(s)
}

// finishFlags gives the string flags of every command what pflag and cobra leave out: they refuse to be empty; the name of the value is
// out of the description, which completion would show with its backticks; and completion offers files where the value is a FILE alone.
func finishFlags(root *cobra.Command) {
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	for _, cmd := range root.Commands() {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Value.Type() != "string" {
				return
			}
			name, usage := pflag.UnquoteUsage(f)
			f.Value, f.Usage = text{f.Value, name}, usage
			if name == "FILE" {
				_ = cmd.RegisterFlagCompletionFunc(f.Name, files) // whoever has registered another is right
			}
		})
	}
}

func files(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}
