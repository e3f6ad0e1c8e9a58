package mongocli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/internal/mongocli"
)

// write makes a file of a content and returns its name.
func write(t testing.TB, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "config.toml")
	require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
	return name
}

func TestRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, content string
		profiles      []string
		profile, key  string // what is looked up; the profile "" is the top level
		want          string // its text and, after a blank, the line
	}{
		{"a profile", "[berlin]\n  org_id = \"a\"\n", []string{"berlin"}, "berlin", mongocli.OrgID, "a 2"},
		{"single quotes", "[berlin]\norg_id = 'a'\n", []string{"berlin"}, "berlin", mongocli.OrgID, "a 2"},
		{"a name in capitals", "[Berlin]\nORG_ID = \"a\"", []string{"berlin"}, "berlin", mongocli.OrgID, "a 2"},
		{"the top level", "# of all\norg_id = \"a\"\n[berlin]\n", []string{"berlin"}, "", mongocli.OrgID, "a 2"},
		{"a top level after nothing", "org_id = \"a\"", nil, "", mongocli.OrgID, "a 1"},
		{"two profiles", "[berlin]\norg_id = \"a\"\n\n[aachen]\norg_id = \"b\"\n", []string{"aachen", "berlin"}, "aachen", mongocli.OrgID, "b 5"},
		{"with dots", "berlin.org_id = \"a\"\nberlin.service = \"ops-manager\"", []string{"berlin"}, "berlin", mongocli.Service, "ops-manager 2"},
		{"in braces", "\nberlin = { org_id = \"a\" }", []string{"berlin"}, "berlin", mongocli.OrgID, "a 2"},
		{"a profile without anything", "[berlin]", []string{"berlin"}, "berlin", mongocli.OrgID, " "},
		{"braces without anything", "berlin = {}", []string{"berlin"}, "berlin", mongocli.OrgID, " "},
		{"a byte order mark, CRLF", "\ufeff[berlin]\r\norg_id = \"a\"\r\n", []string{"berlin"}, "berlin", mongocli.OrgID, "a 2"},
		{"nothing", "", nil, "", mongocli.OrgID, " "},
		{"escapes", `[berlin]` + "\n" + `org_id = "\u0061\t"`, []string{"berlin"}, "berlin", mongocli.OrgID, "a\t 2"},
		{"many lines", "[berlin]\norg_id = \"\"\"\na\"\"\"\nservice = \"b\"", []string{"berlin"}, "berlin", mongocli.Service, "b 4"},
		{"no quotes needed", "[berlin]\nops_manager_skip_verify = true", []string{"berlin"}, "berlin", mongocli.OpsManagerSkipVerify, "true 2"},
		{
			"keys of no interest", "skip_update_check = true\nmongosh_path = 1\n[berlin]\nproject_id = []\norg_id = \"a\"\n[berlin.more]\norg_id = \"b\"\n",
			[]string{"berlin"}, "berlin", mongocli.OrgID, "a 5",
		},
		{"a table in a table alone is no profile", "[berlin.more]\norg_id = \"b\"\n", nil, "berlin", mongocli.OrgID, " "},
		{"names in quotes", "[\"new york\"]\norg_id = \"a\"", []string{"new york"}, "new york", mongocli.OrgID, "a 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, err := mongocli.Read(write(t, tt.content))
			require.NoError(t, err)
			assert.Equal(t, tt.profiles, f.Profiles())
			assert.NotNil(t, f.Info())
			got := f.Value(tt.profile, tt.key)
			if tt.profile == "" {
				got = f.Global(tt.key)
			}
			text, line, _ := strings.Cut(tt.want, " ")
			assert.Equal(t, text, got.Text)
			if line != "" {
				assert.Equal(t, f.Name()+":"+line+": "+tt.key, got.Place)
			}
		})
	}
}

// TestReadRefuses has the whole error, FILE for the name of the file. The values are canaries.
func TestReadRefuses(t *testing.T) {
	t.Parallel()
	const notTOML = "not TOML, here or soon before: want lines like org_id = \"5f7aac56b3a0b94bcdce6d8a\", the value in quotes, each key once"
	tests := []struct{ name, content, want string }{
		{"no quotes", "[berlin]\nops_manager_ca_certificate = /canary.pem\n", "FILE:2: ops_manager_ca_certificate: " + notTOML},
		{"no quotes around digits", "[berlin]\norg_id = 123456789012345678901234\n", "FILE:2: org_id: " + notTOML},
		{"a value alone", "[berlin]\n\ncanary\n", "FILE:3: " + notTOML},
		{"an open quote", "[berlin]\nprivate_api_key = \"canary\n", "FILE:2: private_api_key: " + notTOML},
		{"an open heading", "[berlin\norg_id = \"canary\"\n", "FILE:1: " + notTOML},
		{"not UTF-8", "[berlin]\norg_id = \"canary\xff\"\n", "FILE:2: org_id: " + notTOML},
		{"a key twice", "[berlin]\norg_id = \"canary\"\norg_id = \"canary\"\n", "FILE:3: org_id: " + notTOML},
		{"a profile twice", "[berlin]\n[berlin]\n", "FILE:2: " + notTOML},
		{"YAML", "berlin:\n  org_id: canary\n", "FILE:1: " + notTOML},
		{"a number", "[berlin]\norg_id = 12\n", "FILE:2: org_id is a number; want text in quotes"},
		{"a truth", "[berlin]\norg_id = true\n", "FILE:2: org_id is true or false; want text in quotes"},
		{"a list", "private_api_key = [\"canary\"]\n", "FILE:1: private_api_key is a list; want text in quotes"},
		{"a date", "[berlin]\nservice = 2026-11-28\n", "FILE:2: service is a date or a time; want text in quotes"},
		{"a table", "[berlin]\norg_id = {canary = \"canary\"}\n", "FILE:2: org_id is a table; want text in quotes"},
		{"a table at the top", "org_id = {canary = \"canary\"}\n", "FILE:1: org_id is a table; want text in quotes"},
		{"a key for a profile", "\n[output]\ncanary = 1\n", "FILE:2: output is a table; want text in quotes"},
		{"a list of profiles", "[[berlin]]\norg_id = \"canary\"\n", "FILE:1: a list, [[…]]; want a profile, [NAME]"},
		{"a profile in two cases", "[Berlin]\n[berlin]\n", "FILE:2: a profile twice, first on line 1; upper and lower case are the same"},
		{"a key in two cases", "[berlin]\norg_id = \"a\"\nOrg_ID = \"canary\"\n", "FILE:3: org_id twice, first on line 2; upper and lower case are the same"},
		{
			"everything at once", "org_id = 1\n[berlin]\nservice = 2\n[BERLIN]\n",
			"FILE:1: org_id is a number; want text in quotes\nFILE:3: service is a number; want text in quotes\n" +
				"FILE:4: a profile twice, first on line 2; upper and lower case are the same",
		},
		{"too large", strings.Repeat("#", 16<<20+1), "FILE: larger than 16 MiB; want a configuration of mongocli"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			name := write(t, tt.content)
			_, err := mongocli.Read(name)
			assert.EqualError(t, err, strings.ReplaceAll(tt.want, "FILE", name))
		})
	}
}

func TestReadWithoutAFile(t *testing.T) {
	t.Parallel()
	f, err := mongocli.Read(filepath.Join(t.TempDir(), "mongocli", "config.toml"))
	require.NoError(t, err)
	assert.Nil(t, f.Info())
	assert.Empty(t, f.Profiles())
	dir := t.TempDir()
	_, err = mongocli.Read(dir)
	assert.EqualError(t, err, dir+": is a directory")
}

func TestProfile(t *testing.T) {
	t.Parallel()
	const two = "[berlin]\n[default]\n"
	tests := []struct{ name, content, asked, want, wrong string }{
		{name: "asked for", content: two, asked: "berlin", want: "berlin"},
		{name: "asked for in capitals", content: two, asked: "BERLIN", want: "berlin"},
		{name: "the only one", content: "[berlin]\n", want: "berlin"},
		{name: "default", content: two, want: "default"},
		{name: "default, though it is not there", content: "[berlin]\n[munich]\n", want: "default"},
		{name: "nothing is there", want: "default"},
		{name: "misspelt", content: two, asked: "berln", wrong: "no such profile in FILE, which has berlin, default. Did you mean berlin?"},
		{name: "not there", content: two, asked: "canary", wrong: "no such profile in FILE, which has berlin, default."},
		{name: "not the only one", content: "[berlin]\n", asked: "canary", wrong: "no such profile in FILE, which has berlin."},
		{name: "default is asked for", content: "[berlin]\n", asked: "default", wrong: "no such profile in FILE, which has berlin."},
		{name: "none are there", content: "org_id = \"a\"", asked: "canary", wrong: "no such profile: there is none in FILE"},
		{name: "names to misread", content: "[\"a, b\"]\n[\"c\\u001b[2J\"]\n[d]\n", asked: "canary", wrong: `no such profile in FILE, which has "a, b", "c\x1b[2j", d.`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, err := mongocli.Read(write(t, tt.content))
			require.NoError(t, err)
			got, err := f.Profile(tt.asked)
			assert.Equal(t, tt.want, got)
			if tt.wrong == "" {
				require.NoError(t, err)
				return
			}
			assert.EqualError(t, err, strings.ReplaceAll(tt.wrong, "FILE", f.Name()))
		})
	}
	t.Run("no file", func(t *testing.T) {
		t.Parallel()
		f, err := mongocli.Read(filepath.Join(t.TempDir(), "config.toml"))
		require.NoError(t, err)
		_, err = f.Profile("berlin")
		assert.EqualError(t, err, "no such profile, since there is no file "+f.Name()+"; mongocli config makes one")
		got, err := f.Profile("")
		require.NoError(t, err)
		assert.Equal(t, "default", got)
	})
}

func TestNames(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "MCLI_OPS_MANAGER_CA_CERTIFICATE", mongocli.Env(mongocli.OpsManagerCACertificate))
	assert.Equal(t, filepath.Join("x", "mongocli", "config.toml"), mongocli.Path("x"))
}

// FuzzRead wants a file or an error, and no error that repeats a value.
func FuzzRead(f *testing.F) {
	f.Add("org_id = \"a\"\n[berlin]\n", "private_api_key = CANARY\n")
	f.Add("[berlin]\nx.y = {a = [1, {b = 2}]}\n", "private_api_key = \"CANARY\n")
	f.Add("[[a]]\n", "CANARY\n")
	name := filepath.Join(f.TempDir(), "config.toml")
	f.Fuzz(func(t *testing.T, before, after string) {
		const canary = "7f3a9c51d0e24b86"
		if strings.Contains(before, canary) {
			return
		}
		require.NoError(t, os.WriteFile(name, []byte(before+strings.ReplaceAll(after, "CANARY", canary)), 0o600))
		if _, err := mongocli.Read(name); err != nil {
			require.True(t, strings.HasPrefix(err.Error(), name+":"), err)
			require.NotContains(t, err.Error(), canary)
		}
	})
}
