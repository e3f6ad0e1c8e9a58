package cli_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/internal/console"
)

// helpFlag is a flag in the list of --help.
type helpFlag struct {
	name, short, value, usage string
}

var (
	commandLine = regexp.MustCompile(`(?m)^  ([a-z]+) +\S`)
	flagLine    = regexp.MustCompile(`^ +(?:-(\w), |    )--([a-z-]+)(?: ([A-Za-z]+))?   +(\S.*)$`)
	flagInUse   = regexp.MustCompile(`-(?:-([a-z-]+)|(\w))\b(?: ([A-Z]+))?`)
)

// commandNames are the commands that migrationlink --help lists.
func commandNames(t *testing.T) []string {
	t.Helper()
	_, list, found := strings.Cut(run(t, "", nil, "--help").stdout, "\nAvailable Commands:\n")
	require.True(t, found)
	var names []string
	for _, m := range commandLine.FindAllStringSubmatch(list, -1) {
		if m[1] != "completion" && m[1] != "help" { // cobra's
			names = append(names, m[1])
		}
	}
	require.NotEmpty(t, names)
	return names
}

// helpOf are the usage lines of a command, its flags, and the text before both.
func helpOf(t *testing.T, command string) (long, use string, flags []helpFlag) {
	t.Helper()
	r := run(t, "", nil, command, "--help")
	require.Equal(t, console.ExitDone, r.code, r.stderr)
	long, rest, _ := strings.Cut(r.stdout, "\nUsage:\n")
	use, list, _ := strings.Cut(rest, "\n\n")
	_, list, _ = strings.Cut("\n"+list, "\nFlags:\n")
	for line := range strings.Lines(list) {
		if m := flagLine.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil && m[2] != "help" {
			flags = append(flags, helpFlag{m[2], m[1], m[3], m[4]})
		}
	}
	return long, use, flags
}

// pages are all that the documentation says.
func pages(t *testing.T) string {
	t.Helper()
	names, err := filepath.Glob("../../docs/*.md")
	require.NoError(t, err)
	var b strings.Builder
	for _, name := range append(names, "../../README.md") {
		content, err := os.ReadFile(name)
		require.NoError(t, err)
		b.Write(content)
	}
	return b.String()
}

// TestUsageLinesNameTheFlags holds the usage lines, which are written by hand, to the flags that there are. A flag
// that they leave out is documented elsewhere.
func TestUsageLinesNameTheFlags(t *testing.T) {
	t.Parallel()
	documentation := pages(t)
	for _, command := range commandNames(t) {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			long, use, flags := helpOf(t, command)
			var named []string
			for _, m := range flagInUse.FindAllStringSubmatch(use, -1) {
				i := slices.IndexFunc(flags, func(f helpFlag) bool {
					return f.name == m[1] && m[1] != "" || f.short == m[2] && m[2] != ""
				})
				if !assert.GreaterOrEqual(t, i, 0, "%s is in the usage line, and no flag", m[0]) {
					continue
				}
				named = append(named, flags[i].name)
				assert.Equal(t, flags[i].value != "", m[3] != "", "whether %s takes a value", m[0])
			}
			for _, f := range flags {
				if slices.Contains(named, f.name) {
					continue
				}
				mention := regexp.MustCompile(`--` + f.name + `\b`)
				assert.True(t, mention.MatchString(long+documentation), // without all of that text in the failure
					"--%s is neither in the usage line nor in the text of the command nor in docs", f.name)
			}
		})
	}
}

// sampleValues are values for flags, by what --help calls the value.
var sampleValues = map[string]string{"int": "3", "time": "5s", "format": "json", "PERCENT": "50", "N": "2"}

func (f helpFlag) arguments() []string {
	switch value := sampleValues[f.value]; {
	case f.value == "":
		return []string{"--" + f.name}
	case value != "":
		return []string{"--" + f.name, value}
	}
	return []string{"--" + f.name, "x"}
}

// TestFlagsThatGoWithAnotherAreRefusedWithoutIt reads in --help which flags those are.
func TestFlagsThatGoWithAnotherAreRefusedWithoutIt(t *testing.T) {
	t.Parallel()
	needs := regexp.MustCompile(`^with --([a-z-]+): `)
	seen := 0
	for _, command := range commandNames(t) {
		_, _, flags := helpOf(t, command)
		for _, f := range flags {
			m := needs.FindStringSubmatch(f.usage)
			if m == nil {
				continue
			}
			seen++
			t.Run(command+" "+f.name, func(t *testing.T) {
				t.Parallel()
				env := map[string]string{"XDG_CONFIG_HOME": t.TempDir()}
				r := run(t, "", env, append([]string{command}, f.arguments()...)...)
				assert.Equal(t, console.ExitUsage, r.code)
				assert.Regexp(t, `^([a-z]+: )?--`+f.name+` goes with --`+m[1]+`, which is not given\n$`, r.stderr)
			})
		}
	}
	assert.Greater(t, seen, 5)
}

// TestCheckRefusesWhatItsUsageLineExcludes reads in the usage line which flags are for a server that is asked, and which for a recording.
func TestCheckRefusesWhatItsUsageLineExcludes(t *testing.T) {
	t.Parallel()
	_, use, flags := helpOf(t, "check")
	m := regexp.MustCompile(`\{(.*) \| (.*)\} (.*)`).FindStringSubmatch(use)
	require.NotNil(t, m, use)
	recording := filepath.Join(t.TempDir(), "none.har")
	for i, alternative := range m[1:] {
		for _, named := range flagInUse.FindAllStringSubmatch(alternative, -1) {
			at := slices.IndexFunc(flags, func(f helpFlag) bool { return f.name == named[1] })
			require.GreaterOrEqual(t, at, 0, "%s is in the usage line, and no flag", named[0])
			f := flags[at]
			if f.name == "har" {
				continue
			}
			spellings := []string{f.name}
			if m := regexp.MustCompile(`\(also --(\w+)`).FindStringSubmatch(f.usage); m != nil {
				spellings = append(spellings, m[1])
			}
			for _, spelling := range spellings {
				f := f
				f.name = spelling
				t.Run(f.name, func(t *testing.T) {
					t.Parallel()
					r := run(t, "", nil, append([]string{"check", "--har", recording}, f.arguments()...)...)
					assert.Equal(t, console.ExitUsage, r.code)
					if i == 0 {
						assert.Equal(t, "check: --"+f.name+" is for a server that is asked; --har judges what was recorded\n", r.stderr)
					} else {
						assert.Regexp(t, `^--(har|`+f.name+`): `, r.stderr, "the recording is not there, or the value is none")
					}
				})
			}
		}
	}
}
