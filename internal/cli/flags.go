package cli

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/migrationlink/migrationlink/internal/secret"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// errEmpty is what is wrong with a flag's value that is empty: a variable of a script that was never set, most often.
var errEmpty = errors.New("is empty; give it a value, or leave it out")

// errSecretName is what is wrong with a file's name that is a credential in the wrong place. Messages repeat names of files.
var errSecretName = errors.New("there is no such file, and its name has a secret in it, so it is not repeated here: want the name of a file")

// holdsSecret reports whether a part of a path that does not exist looks like a credential. Folders that do exist may have
// such names: those of a pod or of a volume do.
func holdsSecret(path string) bool {
	for dir := filepath.Clean(path); ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			return false
		}
		if secret.Shown(filepath.Base(dir), "") == secret.Withheld {
			return true
		}
	}
}

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
	if v.name == "FILE" && holdsSecret(s) {
		return errSecretName
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
