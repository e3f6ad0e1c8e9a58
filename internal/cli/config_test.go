package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/secret"
)

const configCanary = "0123456789-canary"

func TestServeRefusesAConfigThatIsWrong(t *testing.T) {
	t.Parallel()
	archive, err := txtar.ParseFile("testdata/config.txtar")
	require.NoError(t, err)
	cases := map[string][]byte{}
	for _, f := range archive.Files {
		cases[f.Name] = f.Data
	}
	cases["not UTF-8.yaml"] = []byte("organizations:\n  - id: caf\xe9\n")
	cases["not UTF-8.want"] = []byte("FILE:2: not UTF-8; want a text file in UTF-8\n")
	cases["UTF-16.yaml"] = []byte("\xff\xfeo\x00r\x00")
	cases["UTF-16.want"] = []byte("FILE:1: not UTF-8; want a text file in UTF-8\n")
	cases["too large.yaml"] = []byte(strings.Repeat("# a comment\n", 1<<17))
	cases["too large.want"] = []byte("FILE: larger than 1 MiB; want a YAML file, like the one in migrationlink serve --help\n")
	cases["control character.yaml"] = []byte("organizations:\n  - id: \x01\n")
	cases["control character.want"] = []byte("FILE:2: a control character; want text alone\n")

	for name, content := range cases {
		name, isCase := strings.CutSuffix(name, ".yaml")
		if !isCase {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := string(cases[name+".want"])
			require.NotEmpty(t, want, "the case has no .want")
			file := filepath.Join(t.TempDir(), "config.yaml")
			require.NoError(t, os.WriteFile(file, content, 0o600))

			r := run(t, "", nil, "serve", "--config", file)

			assert.Equal(t, console.ExitUsage, r.code)
			assert.Equal(t, strings.ReplaceAll(want, "FILE", file), r.stderr)
			assert.Empty(t, r.stdout)
			assert.Empty(t, secret.Find([]byte(r.stderr), secret.New("private key", configCanary)))
		})
	}
}

func TestServeRefusesAConfigThatIsNotThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, c := range []struct{ name, file, want string }{
		{"missing", filepath.Join(dir, "none.yaml"), "no such file or directory"},
		{"a folder", dir, "is a directory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := run(t, "", nil, "serve", "--config", c.file)
			assert.Equal(t, console.ExitUsage, r.code)
			assert.Equal(t, c.file+": "+c.want+"; want a YAML file, like the one in migrationlink serve --help\n", r.stderr)
		})
	}
}

func TestServeTakesAConfig(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, yaml string }{
		{"as the help prints it", `
organizations:
  - id: 5f7aac56b3a0b94bcdce6d8a
apiKeys:
  - publicKey: ownerkey
    privateKey: 11111111-2222-3333-4444-555555555555
    roles: {5f7aac56b3a0b94bcdce6d8a: [ORG_OWNER]}
    accessList: [127.0.0.0/8, "::1/128"]     # left out: any address
`},
		{"digits alone need no quotes", `
organizations: [{id: 111111111111111111111111}, {id: 1234567890123456789012e4}]
apiKeys: [{publicKey: 12345678, privateKey: 0x10, roles: {111111111111111111111111: [ORG_MEMBER]}}]
`},
		{"anchors, aliases and single addresses", `
organizations: [{id: &org 5f7aac56b3a0b94bcdce6d8a}, {id: 5f7aac56b3a0b94bcdce6d8b}]
apiKeys:
  - {publicKey: ownerkey, privateKey: &private secret, roles: {*org : &roles [ORG_OWNER], 5f7aac56b3a0b94bcdce6d8b: *roles}}
  - {publicKey: otherkey, privateKey: *private, accessList: &list [10.0.0.7, "fe80::1"]}
  - {publicKey: thirdkey, privateKey: *private, accessList: *list}
`},
		{"JSON", `{"organizations": [{"id": "5f7aac56b3a0b94bcdce6d8a"}], "apiKeys": [{"publicKey": "ownerkey", "privateKey": "secret"}]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "config.yaml")
			require.NoError(t, os.WriteFile(file, []byte(c.yaml), 0o600))
			r := serving(t, []string{"serve", "--config", file}, func(map[string]string, func()) {})
			assert.Equal(t, console.ExitDone, r.code)
			assert.Equal(t, "a stand-in (a mock server) to test against, not for production\n", r.stderr)
			assert.Regexp(t, `^listening on http://127\.0\.0\.1:\d+/api/public/v1\.0\n$`, r.stdout)
		})
	}
}
