package bulk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/many"
	"github.com/migrationlink/migrationlink/internal/settings"
)

// Flags are those that go with a list of organizations.
type Flags struct {
	from, results        string
	atOnce               int
	dryRun, RetryUnknown bool
}

// maxAtOnce is more than any server should be asked at a time.
const maxAtOnce = 100

// Help tells in --help what --from does.
const Help = `
With --from every organization of a list is worked on: a CSV file with a header,
or an array of JSON, with the columns or keys orgId, profile (where the rows have
credentials of their own)`

// TokenHelp is Help for a command that sends link-tokens.
const TokenHelp = Help + ` and one of linkToken, linkTokenFile and
linkTokenEnv. All rows are checked and every status is asked before anything is
sent. --results keeps what was begun and what came of it: run again with the same
file, and what has an outcome is left alone. docs/many.md says more.
`

// Add gives a command the flags of a list, and has it call run where one is given.
func (f *Flags) Add(cmd *cobra.Command, run func(ctx context.Context) error) {
	cmd.Flags().StringVar(&f.from, "from", "", "work on every organization of a list: the `FILE` .csv or .json,\nor - for standard input")
	cmd.Flags().IntVar(&f.atOnce, "at-once", 10, "with --from: how many calls at a time, 1 to 100")
	one := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := f.check(cmd); err != nil {
			return err
		}
		if f.from == "" {
			return one(cmd, args)
		}
		return run(cmd.Context())
	}
}

// AddResults gives a command that changes something the flags for it.
func (f *Flags) AddResults(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.results, "results", "", "with --from: the `FILE` for what was begun and what came of it")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "with --from: sign in, ask every status, and write nothing")
}

func (f *Flags) check(cmd *cobra.Command) error {
	misplaced := func(names ...string) string {
		i := slices.IndexFunc(names, cmd.Flags().Changed)
		if i < 0 {
			return ""
		}
		return "--" + names[i]
	}
	if f.from == "" {
		if name := misplaced("results", "dry-run", "retry-unknown", "at-once"); name != "" {
			return console.Usagef("%s goes with --from, which is not given", name)
		}
		return nil
	}
	if name := misplaced("org", "orgId", "token-file", "wait", "watch"); name != "" {
		return console.Usagef("%s does not go with --from; want one of them", name)
	}
	if f.atOnce < 1 || f.atOnce > maxAtOnce {
		return console.Usagef("--at-once: want 1 to %d", maxAtOnce)
	}
	return nil
}

// accounts are who signs in, for each organization of a list. Rows of one profile share a client, so that it signs in once.
type accounts map[migrationlink.OrgID]settings.Call

// accounts finds them for all rows, or says everything that is wrong at once.
func (r *Run) accounts(rows []many.Row) (accounts, error) {
	flags := r.Flags
	flags.Wrap = r.pace.Wrap
	s, err := settings.NewSources(r.Process, flags)
	if err != nil {
		return nil, err
	}
	all := make(accounts, len(rows))
	warned := false
	usual := sync.OnceValues(s.Profile) // that of rows which name none
	var wrong many.Problems
	for _, row := range rows {
		c, err := account(s, usual, row)
		switch {
		case err != nil && row.Profile == "": // so it is for every row without one
			return nil, err
		case err != nil:
			for _, one := range console.Apart(err) {
				var of *console.SettingError
				if errors.As(one, &of) && of.Name == "profile" {
					one = of.Err // the place in the list says the name
				}
				wrong = append(wrong, row.Problem("profile", one.Error()))
			}
			continue
		}
		if from := c.Settings.SignIn.Name.From; row.Profile != "" && !strings.HasPrefix(from, "profile ") {
			return nil, listError(many.Problems{row.Problem("profile", from+" goes before what any profile says, and would sign in for every row; take it away, or leave profile out")})
		}
		if c.Settings.NotHonoured() && !warned {
			warned = true
			fmt.Fprintln(r.Process.Stderr, c.Settings.Skip.Name+" is not honoured: certificates are always verified")
		}
		c.Debug.Hide(row.Token)
		r.output = c.Flags.Output
		all[row.OrgID] = c
	}
	if len(wrong) > 0 {
		return nil, listError(wrong)
	}
	return all, nil
}

func account(s *settings.Sources, usual func() (console.Setting, error), row many.Row) (settings.Call, error) {
	profile, err := usual()
	if row.Profile != "" {
		profile, err = s.Named(console.Setting{Value: row.Profile, Name: "profile"})
	}
	if err != nil {
		return settings.Call{}, err
	}
	return s.Call(profile, console.Setting{Value: row.OrgID.String(), Name: "orgId"})
}

func (a accounts) server(row many.Row) many.Server {
	c := a[row.OrgID]
	return many.Server{Client: c.Client, Address: root(c.URL)}
}

// root is the one spelling of an address that may have the base path at its end, or a slash.
func root(address string) string {
	return strings.TrimSuffix(strings.TrimSuffix(strings.TrimRight(address, "/"), settings.BasePath), "/")
}

// listError says what is wrong with a list, a line each.
func listError(err error) error {
	var wrong many.Problems
	if !errors.As(err, &wrong) {
		return console.Usagef("--from: %w", err)
	}
	lines := wrong.Lines()
	for i := range lines {
		lines[i] = "--from: " + lines[i]
	}
	return console.Usagef("%s", strings.Join(lines, "\n"))
}
