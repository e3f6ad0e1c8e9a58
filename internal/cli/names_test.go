package cli_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/secret"
)

const (
	accountName   = "mdb_sa_id_4888442a3354817a7320eb61"
	accountSecret = "mdb_sa_sk_topsecretvalue1234567890"

	curlsForm = "the public key has a colon in it: it looks like curl's form public:private; " +
		"put only the part before the colon\n"
	curlsIDForm = "the client id has a colon in it: it looks like curl's form id:secret; " +
		"put only the part before the colon\n"
)

// counting is the address of a server that counts its requests.
func counting(t *testing.T) (url string, requests *atomic.Int32) {
	t.Helper()
	requests = new(atomic.Int32)
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) }))
	t.Cleanup(s.Close)
	return s.URL, requests
}

// everyCommand are the commands that sign in, in each of their outputs.
func everyCommand(list string) [][]string {
	var all [][]string
	for _, args := range [][]string{
		{"status"}, {"config"}, {"doctor"}, {"connect", "--yes"}, {"disconnect", "--yes"},
		{"status", "--from", list}, {"doctor", "--from", list},
		{"connect", "--yes", "--from", list, "--results", list + ".results"},
		{"disconnect", "--yes", "--from", list, "--results", list + ".results"},
	} {
		all = append(all, args, append(args, "-o", "json"))
		all = append(all, append(args, "--debug"))
	}
	return append(all, []string{"check"}, []string{"check", "--write"})
}

// A name with a secret in it is refused by every command, which says where it stands and what would
// be right, and sends nothing.
func TestANameThatHoldsASecretIsRefusedByEveryCommand(t *testing.T) {
	t.Parallel()
	url, requests := counting(t)
	list := filepath.Join(t.TempDir(), "list.csv")
	require.NoError(t, os.WriteFile(list, []byte("orgId,linkToken\n"+org.String()+","+canaryToken+"\n"), 0o600))
	searched := append(canaries(), secret.New("service account", accountSecret))
	for name, c := range map[string]struct {
		publicKey, clientID, want string
	}{
		"curl's form": {publicKey + ":" + privateKey, "", "MCLI_PUBLIC_API_KEY: " + curlsForm},
		"a private key in quotes": {
			`"` + privateKey + `"`, "",
			"MCLI_PUBLIC_API_KEY: the public key looks like a private key: want the public key in its place\n",
		},
		"another one, in capitals": {
			strings.ToUpper(canaryInside), "",
			"MCLI_PUBLIC_API_KEY: the public key looks like a private key: want the public key in its place\n",
		},
		"both, without dashes": {
			publicKey + strings.ReplaceAll(privateKey, "-", ""), "",
			"MCLI_PUBLIC_API_KEY: the public key has a private key in it: want the public key alone\n",
		},
		"a link-token in quotes": {
			"'" + canaryToken + "'", "",
			"MCLI_PUBLIC_API_KEY: the public key looks like a link-token: want the public key in its place\n",
		},
		"curl's form of an account": {"", accountName + ":" + accountSecret, "MIGRATIONLINK_CLIENT_ID: " + curlsIDForm},
		"an account's secret, quoted": {
			"", `"` + accountSecret + `"`,
			"MIGRATIONLINK_CLIENT_ID: the client id looks like the secret of a service account: " +
				"want the client id in its place\n",
		},
		"an account's secret, capital": {
			"", "x-" + strings.ToUpper(accountSecret),
			"MIGRATIONLINK_CLIENT_ID: the client id has the secret of a service account in it: " +
				"want the client id alone\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := environment(url)
			env["MCLI_PUBLIC_API_KEY"] = c.publicKey
			if c.clientID != "" {
				delete(env, "MCLI_PUBLIC_API_KEY")
				delete(env, "MCLI_PRIVATE_API_KEY")
				env["MIGRATIONLINK_CLIENT_ID"], env["MIGRATIONLINK_CLIENT_SECRET"] = c.clientID, accountSecret
			}
			for _, args := range everyCommand(list) {
				if args[0] == "check" && c.clientID != "" { // which wants an API key besides
					env["MCLI_PUBLIC_API_KEY"], env["MCLI_PRIVATE_API_KEY"] = publicKey, privateKey
				}
				r := run(t, canaryToken, env, args...)
				assert.Equal(t, console.ExitUsage, r.code, args)
				assert.Empty(t, r.stdout, args)
				assert.Equal(t, c.want, r.stderr, args)
				assert.Empty(t, secret.Find([]byte(r.stdout+r.stderr), searched...), args)
			}
			assert.Zero(t, requests.Load(), "nothing is sent")
		})
	}
}

// Where the other half is missing, curl's form in one variable is why.
func TestBothHalvesInOneVariable(t *testing.T) {
	t.Parallel()
	url, _ := counting(t)
	env := environment(url)
	env["MCLI_PUBLIC_API_KEY"] += ":" + privateKey
	delete(env, "MCLI_PRIVATE_API_KEY")
	r := run(t, "", env, "status")
	assert.Equal(t, console.ExitUsage, r.code)
	assert.Equal(t, "MCLI_PUBLIC_API_KEY: "+curlsForm+
		"MCLI_PRIVATE_API_KEY is not set: want the private half of the API key whose public half is in "+
		"MCLI_PUBLIC_API_KEY\n", r.stderr)
}

// mongocliFile writes a file of mongocli's and gives the environment that finds it.
func mongocliFile(t *testing.T, content string) (env map[string]string, name string) {
	t.Helper()
	home := t.TempDir()
	name = filepath.Join(home, "mongocli", "config.toml")
	require.NoError(t, os.Mkdir(filepath.Dir(name), 0o700))
	require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
	return map[string]string{"XDG_CONFIG_HOME": home, "MCLI_ORG_ID": org.String()}, name
}

func TestANameThatHoldsASecretIsRefusedInAProfile(t *testing.T) {
	t.Parallel()
	url, requests := counting(t)
	key := "public_api_key = '" + publicKey + ":" + privateKey + "'\nprivate_api_key = '" + privateKey +
		"'\nops_manager_url = '" + url + "'\n"
	for name, c := range map[string]struct {
		toml, line string
		list       bool
	}{
		"at the top level":   {key, ":1", false},
		"in a profile":       {"[berlin]\n" + key, ":2", false},
		"in a row's profile": {"[berlin]\n" + key, ":2", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env, file := mongocliFile(t, c.toml)
			list := filepath.Join(t.TempDir(), "list.csv")
			require.NoError(t, os.WriteFile(list, []byte("orgId,profile\n"+org.String()+",berlin\n"), 0o600))
			for _, args := range [][]string{
				{"status"}, {"config"}, {"config", "-o", "json"}, {"doctor"}, {"doctor", "-D"}, {"disconnect", "--yes"},
			} {
				want := file + c.line + ": public_api_key: " + curlsForm
				if c.list {
					if args[0] == "config" {
						continue
					}
					want = "--from: line 2, profile: " + want
					args = append(args, "--from", list)
					if args[0] == "disconnect" {
						args = append(args, "--results", list+".results")
					}
				}
				r := run(t, "", env, args...)
				assert.Equal(t, console.ExitUsage, r.code, args)
				assert.Equal(t, want, r.stderr, args)
				assert.Empty(t, r.stdout, args)
			}
			assert.Zero(t, requests.Load(), "nothing is sent")
		})
	}
}

// A profile may be called anything. One whose name is a secret can be used, and its name is not
// shown.
func TestAProfileWhoseNameIsASecretIsNotShown(t *testing.T) {
	t.Parallel()
	url, _ := counting(t)
	for _, name := range []string{canaryInside, strings.ToUpper(canaryInside), accountSecret, canaryToken} {
		section := "[\"" + name + "\"]\npublic_api_key = 'ownerkey'\nprivate_api_key = '" + privateKey +
			"'\nops_manager_url = '" + url + "'\n"
		env, _ := mongocliFile(t, section+"[other]\n")
		r := run(t, "", env, "config", "-P", name)
		assert.Equal(t, console.ExitDone, r.code)
		assert.Contains(t, r.stdout, "[withheld: it contained a credential]")
		shown := r.stdout + r.stderr
		for _, args := range [][]string{
			{"config"}, {"status", "-P", "nowhere"}, {"status", "-P", name}, {"__complete", "status", "-P", ""},
			{"doctor", "-P", name}, {"doctor", "-P", name, "-o", "json"}, {"connect", "-P", name, "--yes", "--replace"},
		} {
			r := run(t, canaryToken, env, args...)
			shown += r.stdout + r.stderr
		}
		assert.NotContains(t, strings.ToLower(shown), strings.ToLower(name))
	}
}

// The configuration of the stand-in holds the same pairs, and shows the names in its log and
// journal.
func TestANameThatHoldsASecretIsRefusedInTheConfiguration(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(file, []byte("organizations: [{id: "+org.String()+"}]\napiKeys:\n"+
		"  - {publicKey: \""+publicKey+":"+privateKey+"\", privateKey: "+privateKey+"}\n"+
		"  - {publicKey: "+strings.ToUpper(privateKey)+", privateKey: x}\n"+
		"serviceAccounts:\n  - {clientId: "+accountName+"."+accountSecret+", secret: "+accountSecret+"}\n"), 0o600))
	for _, more := range []string{"", "--check-config", "--print-config"} {
		args := slices.DeleteFunc([]string{"serve", "--config", file, more}, func(arg string) bool { return arg == "" })
		r := run(t, "", nil, args...)
		assert.Equal(t, console.ExitUsage, r.code)
		assert.Empty(t, r.stdout)
		assert.Equal(t, file+":3: publicKey: "+curlsForm+
			file+":4: publicKey: the public key looks like a private key: want the public key in its place\n"+
			file+":6: clientId: the client id has the secret of a service account in it: want the client id alone\n", r.stderr)
	}
}

// An address has a user name and a password at times, and a path that somebody pasted a secret
// into.
func TestAnAddressThatHoldsASecretIsNotShown(t *testing.T) {
	t.Parallel()
	const wanted = ": want https://HOST[:PORT][/PREFIX]\n"
	for address, want := range map[string]string{
		"https://" + publicKey + ":" + privateKey + "@om.example": "there is a user name in the address; " +
			"the key comes from MCLI_PUBLIC_API_KEY and MCLI_PRIVATE_API_KEY" + wanted,
		"https://om.example/" + strings.ToUpper(privateKey):               "there is a secret in the address" + wanted,
		"https://" + strings.ReplaceAll(privateKey, "-", "") + ".example": "there is a secret in the address" + wanted,
		"https://om.example/" + canaryToken:                               "there is a secret in the address" + wanted,
	} {
		for _, args := range [][]string{
			{"status"}, {"config"}, {"config", "-o", "json"}, {"doctor"}, {"connect", "--yes"}, {"disconnect", "--yes"},
			{"check"},
		} {
			r := run(t, canaryToken, environment(address), args...)
			assert.Equal(t, console.ExitUsage, r.code)
			assert.Equal(t, "MCLI_OPS_MANAGER_URL: "+want, r.stderr, args)
			assert.Empty(t, r.stdout)
		}
	}
}

// Ordinary names are shown, whatever they have in common with a secret.
func TestAnOrdinaryNameIsShown(t *testing.T) {
	t.Parallel()
	url, _ := counting(t)
	env := environment(url)
	env["MCLI_PUBLIC_API_KEY"] = "hkqwertz"
	assert.Contains(t, run(t, "", env, "config").stdout, "\npublic key    hkqwertz ")
	delete(env, "MCLI_PUBLIC_API_KEY")
	delete(env, "MCLI_PRIVATE_API_KEY")
	env["MIGRATIONLINK_CLIENT_ID"], env["MIGRATIONLINK_CLIENT_SECRET"] = accountName, accountSecret
	assert.Contains(t, run(t, "", env, "config").stdout, "\nclient id      "+accountName+" ")
}

// A proxy that answers for itself may repeat what it was signed in to with.
func TestWhatAProxyRepeatsIsShownByNoCommand(t *testing.T) {
	t.Parallel()
	joined := base64.StdEncoding.EncodeToString([]byte("ana:" + canaryInside))
	for name, echo := range map[string]string{
		"as it is": canaryInside, "capitals": strings.ToUpper(canaryInside), "as it was sent": joined,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proxy := httptest.NewServer(says(http.StatusForbidden, "text/plain", "ana "+echo))
			t.Cleanup(proxy.Close)
			env := environment("http://om.example.invalid:8080")
			env["HTTP_PROXY"] = strings.Replace(proxy.URL, "http://", "http://ana:"+canaryInside+"@", 1)
			for _, args := range [][]string{{"status"}, {"status", "--debug"}, {"doctor"}, {"doctor", "-o", "json"}} {
				r := asProcess(t, env, append(args, "--allow-http")...)
				assert.Contains(t, r.stdout+r.stderr, "[withheld: it contained a credential]", args)
				assert.NotContains(t, r.stdout+r.stderr, echo, args)
				assert.NotContains(t, r.stdout+r.stderr, canaryInside, args)
			}
		})
	}
}
