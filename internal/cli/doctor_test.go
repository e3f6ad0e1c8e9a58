package cli_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/cli"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/fault"
)

// connected is what doctor says of a stand-in that it has reached, asked what follows it, and in passed what it says of a key that is signed in.
const (
	connected = `ok    address       {url}, no proxy
skip  DNS           127.0.0.1 is an address already
ok    TCP           {host}
skip  proxy         none for this host
skip  TLS           plain http
`
	asked = connected + `ok    clock         agrees with the server's
ok    challenge     Digest, MD5, qop auth
`
	passed = asked + `ok    key           ownerkey is signed in
ok    access list   lets this machine in, whose own address is 127.0.0.1
`
)

// at puts the address of a server into what is expected.
func at(url, text string) string {
	_, host, _ := strings.Cut(url, "://")
	return strings.NewReplacer("{url}", url, "{host}", host).Replace(text)
}

// hospital is a stand-in with whatever can be wrong with keys, roles and organizations.
func hospital(t *testing.T, faults ...fault.Fault) string {
	t.Helper()
	const atlas = migrationlink.OrgID("4888442a3354817a7320eb61")
	owner := map[migrationlink.OrgID][]server.Role{org: {server.RoleOrgOwner}}
	handler, err := server.New(server.Config{
		Organizations: []server.Organization{{ID: org}, {ID: atlas, Kind: server.KindAtlas}},
		APIKeys: []server.APIKey{
			{PublicKey: publicKey, PrivateKey: migrationlink.NewSecret(privateKey), Roles: owner},
			{PublicKey: "elsewhere", PrivateKey: migrationlink.NewSecret(privateKey), Roles: owner, AccessList: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}},
			{PublicKey: "member", PrivateKey: migrationlink.NewSecret(privateKey), Roles: map[migrationlink.OrgID][]server.Role{org: {server.RoleOrgMember}}},
			{PublicKey: "stranger", PrivateKey: migrationlink.NewSecret(privateKey)},
		},
		ServiceAccounts: []server.ServiceAccount{{ClientID: "mdb_sa_id_1", Secret: migrationlink.NewSecret(privateKey), Roles: owner}},
		Faults:          faults,
	})
	require.NoError(t, err)
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s.URL
}

func TestDoctorAsksTheServer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		env  map[string]string
		want string
		code int
	}{
		{"well", nil, passed + `ok    role          Organization Owner
ok    organization  5f7aac56b3a0b94bcdce6d8a: NOT_SYNCED
`, console.ExitDone},
		{"the private key is wrong", map[string]string{"MCLI_PRIVATE_API_KEY": "wrong"}, asked + `fail  key           the server refuses key ownerkey, and does not tell whether it knows it
      next: check MCLI_PUBLIC_API_KEY and MCLI_PRIVATE_API_KEY, and that the key was made at {host}; a private key is shown once: if it is lost, make a new key there
skip  access list, role, organization: not tried
`, console.ExitNotSignedIn},
		{"not on the access list", map[string]string{"MCLI_PUBLIC_API_KEY": "elsewhere"}, asked + `ok    key           elsewhere is signed in
fail  access list   the server sees this machine as 127.0.0.1, which is not on the access list of key elsewhere
      next: add it there, by hand or with a key that is let in: mongocli iam organizations apiKeys accessLists create --apiKey ID --ip 127.0.0.1
skip  role, organization: not tried
`, console.ExitNotAllowed},
		{"another role", map[string]string{"MCLI_PUBLIC_API_KEY": "member"}, strings.Replace(passed, "ownerkey", "member", 1) + `fail  role          key member is not an Organization Owner of 5f7aac56b3a0b94bcdce6d8a
      next: give it the role Organization Owner there, or use a key of that organization which has it; those that it belongs to: mongocli iam organizations list
skip  organization  not tried
`, console.ExitNotAllowed},
		{"no role", map[string]string{"MCLI_PUBLIC_API_KEY": "stranger"}, strings.Replace(passed, "ownerkey", "stranger", 1) + `fail  role          key stranger is not an Organization Owner of 5f7aac56b3a0b94bcdce6d8a
      next: give it the role Organization Owner there, or use a key of that organization which has it; those that it belongs to: mongocli iam organizations list
skip  organization  not tried
`, console.ExitNotAllowed},
		{"no such organization", map[string]string{"MCLI_ORG_ID": "000000000000000000000000"}, passed + `skip  role          the answer does not tell
fail  organization  the server has no organization 000000000000000000000000
      next: correct MCLI_ORG_ID; the organizations that this key belongs to: mongocli iam organizations list
`, console.ExitNotFound},
		{"an organization of Atlas", map[string]string{"MCLI_ORG_ID": "4888442a3354817a7320eb61"}, passed + `skip  role          the answer does not tell
fail  organization  4888442a3354817a7320eb61 is an organization of Atlas, and a call is for the source, of Cloud Manager or Ops Manager
      next: correct MCLI_ORG_ID; the organizations that this key belongs to: mongocli iam organizations list
`, console.ExitNotFound},
		{"a service account", map[string]string{
			"MCLI_PUBLIC_API_KEY": "", "MCLI_PRIVATE_API_KEY": "", "MIGRATIONLINK_CLIENT_ID": "mdb_sa_id_1", "MIGRATIONLINK_CLIENT_SECRET": privateKey,
		}, connected + `ok    clock         agrees with the server's
skip  challenge     a service account signs in without one
ok    key           mdb_sa_id_1 is signed in
ok    access list   lets this machine in, whose own address is 127.0.0.1
ok    role          Organization Owner
ok    organization  5f7aac56b3a0b94bcdce6d8a: NOT_SYNCED
`, console.ExitDone},
		{"the secret of a service account is wrong", map[string]string{
			"MCLI_PUBLIC_API_KEY": "", "MCLI_PRIVATE_API_KEY": "", "MIGRATIONLINK_CLIENT_ID": "mdb_sa_id_1", "MIGRATIONLINK_CLIENT_SECRET": "wrong",
		}, connected + `ok    clock         agrees with the server's
skip  challenge     a service account signs in without one
fail  key           not signed in (401 at /api/oauth/token): the service account "mdb_sa_id_1" was refused. Check the client id and the secret, and that it is one of this server
      next: check MIGRATIONLINK_CLIENT_ID and MIGRATIONLINK_CLIENT_SECRET, and that the service account was made at {host}
skip  access list, role, organization: not tried
`, console.ExitNotSignedIn},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			url := hospital(t)
			env := environment(url)
			for name, value := range c.env {
				env[name] = value
			}
			assert.Equal(t, ran{c.code, at(url, c.want), ""}, run(t, "", env, "doctor"))
		})
	}
}

// What a fault makes of status is what doctor exits with, and one step says what to do about it.
func TestDoctorFindsEveryFault(t *testing.T) {
	t.Parallel()
	faults := map[string]fault.Fault{}
	for _, d := range fault.Errors() {
		if slices.Contains(d.Operations, migrationlink.OperationStatus) {
			faults[string(d.Code)] = fault.On(migrationlink.OperationStatus).Next(2).Error(d.Code)
		}
	}
	for _, d := range fault.Kinds() {
		if slices.Contains(d.Operations, migrationlink.OperationStatus) && d.Kind != fault.Error && d.Kind != fault.Latency && d.Kind != fault.Redirect {
			faults[string(d.Kind)] = fault.On(migrationlink.OperationStatus).Next(2).Do(d.Kind)
		}
	}
	faults["redirect"] = fault.On(migrationlink.OperationStatus).Next(2).RedirectTo("https://sso.example/login?secret")
	for name, f := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := run(t, "", environment(hospital(t, f)), "status", "--attempts", "1").code
			if want == console.ExitNotSynced {
				want = console.ExitDone
			}
			r := run(t, "", environment(hospital(t, f)), "doctor")
			assert.Equal(t, want, r.code, r.stdout)
			assert.Empty(t, r.stderr)
			fails := 0
			if want != console.ExitDone {
				fails = 1
			}
			assert.Equal(t, fails, strings.Count(r.stdout, "\nfail  "), r.stdout)
			assert.Equal(t, fails, strings.Count(r.stdout, "\n      next: "), r.stdout)
			assert.NotContains(t, r.stdout, "secret")
		})
	}
}

// answering answers whoever has no credentials with the first, and whoever has with the second.
func answering(t *testing.T, probe, signed http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			probe(w, r)
			return
		}
		signed(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func challenging(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("WWW-Authenticate", `Digest realm="r", nonce="n", algorithm=MD5, qop="auth"`)
	w.WriteHeader(http.StatusUnauthorized)
}

func says(status int, contentType, content string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		for i := 0; i < len(header); i += 2 {
			w.Header().Add(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, content)
	}
}

const jsonType = "application/json"

func TestDoctorReadsAnswers(t *testing.T) {
	t.Parallel()
	const rest = "skip  key, access list, role, organization: not tried\n"
	clock := connected + "ok    clock         agrees with the server's\n"
	synced := says(200, jsonType, `{"status":"SYNCED"}`)
	for _, c := range []struct {
		name          string
		probe, signed http.HandlerFunc
		want          string
		code          int
	}{
		{"SYNCED", challenging, synced, passed + `ok    role          Organization Owner
ok    organization  5f7aac56b3a0b94bcdce6d8a: SYNCED
`, console.ExitDone},
		{"a status that is not told", challenging, says(200, jsonType, `{}`), passed + `ok    role          Organization Owner
ok    organization  5f7aac56b3a0b94bcdce6d8a: unknown: the answer did not tell it
`, console.ExitDone},
		{"other schemes", says(401, jsonType, `{}`, "WWW-Authenticate", "Negotiate", "WWW-Authenticate", `Basic realm="sso"`, "WWW-Authenticate", `"canary"`), nil, clock +
			`fail  challenge     the server offers Negotiate, Basic, and this command answers Digest with MD5 or SHA-256 and qop auth
      Cloud Manager and Ops Manager offer that: something before the server may have answered
      next: correct MCLI_OPS_MANAGER_URL, or have what stands before the server let the API through
` + rest, console.ExitNotSignedIn},
		{"a digest that is not ours", says(401, jsonType, `{}`, "WWW-Authenticate", `Digest realm="r", nonce="n", algorithm=SHA-512-256, qop="auth-int"`), nil, clock +
			`fail  challenge     the server offers Digest, and this command answers Digest with MD5 or SHA-256 and qop auth
      Cloud Manager and Ops Manager offer that: something before the server may have answered
      next: correct MCLI_OPS_MANAGER_URL, or have what stands before the server let the API through
` + rest, console.ExitNotSignedIn},
		{"no scheme", says(401, jsonType, `{}`), nil, clock +
			`fail  challenge     the server offers nothing, and this command answers Digest with MD5 or SHA-256 and qop auth
      Cloud Manager and Ops Manager offer that: something before the server may have answered
      next: correct MCLI_OPS_MANAGER_URL, or have what stands before the server let the API through
` + rest, console.ExitNotSignedIn},
		{"a login page", says(200, "text/html", "<html>Sign in"), nil, clock +
			`fail  challenge     unexpected answer (200): the server wanted no sign-in. The content begins: "<html>Sign in". A login page or a proxy may have answered: check the address {url}/api/public/v1.0
      next: correct MCLI_OPS_MANAGER_URL: it is the address of the server, up to, but not including, /api/public/v1.0
` + rest, console.ExitFailed},
		{"a redirect", says(302, "text/html", "", "Location", "https://sso.example/login?canary"), nil, clock +
			`fail  challenge     redirected (302) to https://sso.example, which is not followed. Check the address {url}/api/public/v1.0
      next: correct MCLI_OPS_MANAGER_URL: it is the address of the server, up to, but not including, /api/public/v1.0
` + rest, console.ExitFailed},
		{"another path", says(404, "text/html", "Not Found"), nil, clock +
			`fail  challenge     not found (404): the server has no migration link here. Check the address {url}/api/public/v1.0; Ops Manager has it since version 5.0. The content begins: "Not Found"
      next: correct MCLI_OPS_MANAGER_URL: it is the address of the server, up to, but not including, /api/public/v1.0
` + rest, console.ExitNotFound},
		{"unavailable", says(503, jsonType, `{"error":503}`, "WWW-Authenticate", `Digest realm="r", nonce="n", qop="auth"`), nil, clock +
			`fail  challenge     unavailable (503): the server cannot answer for now
      next: try again later; if it stays so, the log of the server tells more
` + rest, console.ExitUnavailable},
		{"rate limited", challenging, says(429, jsonType, `{"error":429,"errorCode":"RATE_LIMITED"}`, "Retry-After", "7"), asked + `skip  key, access list, role: the answer does not tell
fail  organization  too many requests (429 RATE_LIMITED): the server takes no more for now. Come back in 7 s
      next: wait, and try again
`, console.ExitUnavailable},
		{"suspended", challenging, says(402, jsonType, `{"error":402,"errorCode":"ACCOUNT_SUSPENDED"}`), asked + `skip  key, access list, role: the answer does not tell
fail  organization  refused (402 ACCOUNT_SUSPENDED): the account is suspended. Its owner must settle that with MongoDB
      next: ask whoever runs the server
`, console.ExitFailed},
		{"forbidden", challenging, says(403, jsonType, `{"error":403}`), asked + `skip  key           the answer does not tell
fail  access list   not allowed (403): the server forbids it to the key pair "ownerkey", or to everyone at this address
      next: see whether key ownerkey has an access list, and may use the API
skip  role, organization: not tried
`, console.ExitNotAllowed},
		{"an access list is required", challenging, says(403, jsonType, `{"error":403,"errorCode":"ORG_REQUIRES_ACCESS_LIST"}`), asked + `ok    key           ownerkey is signed in
fail  access list   not allowed (403 ORG_REQUIRES_ACCESS_LIST): the organization requires an access list, and the key "ownerkey" has none. Give it one with this address on it
      next: add it there, by hand or with a key that is let in: mongocli iam organizations apiKeys accessLists create --apiKey ID --ip ADDRESS
skip  role, organization: not tried
`, console.ExitNotAllowed},
		{"another address than this machine's", challenging, says(403, jsonType, `{"error":403,"errorCode":"IP_ADDRESS_NOT_ON_ACCESS_LIST","parameters":["203.0.113.9"]}`), asked + `ok    key           ownerkey is signed in
fail  access list   the server sees this machine as 203.0.113.9, which is not on the access list of key ownerkey
      its own address is 127.0.0.1: something on the way puts another in its place
      next: add it there, by hand or with a key that is let in: mongocli iam organizations apiKeys accessLists create --apiKey ID --ip 203.0.113.9
skip  role, organization: not tried
`, console.ExitNotAllowed},
		{"an address that may be any text", challenging, says(403, jsonType, `{"error":403,"errorCode":"IP_ADDRESS_NOT_ON_ACCESS_LIST","parameters":["fe80::1%canary"]}`), asked + `ok    key           ownerkey is signed in
fail  access list   not allowed (403 IP_ADDRESS_NOT_ON_ACCESS_LIST): this address is not on the access list of the key "ownerkey". Add it there, as the server sees it
      next: add it there, by hand or with a key that is let in: mongocli iam organizations apiKeys accessLists create --apiKey ID --ip ADDRESS
skip  role, organization: not tried
`, console.ExitNotAllowed},
		{"every nonce is stale", challenging, says(401, jsonType, `{}`, "WWW-Authenticate", `Digest realm="r", nonce="o", algorithm=MD5, qop="auth", stale=true`), asked + `fail  key           not signed in: digest: {url}: the server called every nonce stale, 3 in a row: several nodes behind this address may not share their nonces, or a server's clock may be wrong
      next: have whoever runs the server send all requests of a client to the same one
skip  access list, role, organization: not tried
`, console.ExitNotSignedIn},
		{"no migration link", challenging, says(404, jsonType, `{"error":404,"errorCode":"RESOURCE_NOT_FOUND"}`), asked + `skip  key, access list, role: the answer does not tell
fail  organization  not found (404 RESOURCE_NOT_FOUND): the server has no migration link here. Check the address {url}/api/public/v1.0; Ops Manager has it since version 5.0
      next: correct MCLI_OPS_MANAGER_URL: it is the address of the server, up to, but not including, /api/public/v1.0
`, console.ExitNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			url := answering(t, c.probe, c.signed)
			assert.Equal(t, ran{c.code, at(url, c.want), ""}, run(t, "", environment(url), "doctor"))
		})
	}
}

// A service account can get an access token that is worth nothing.
func TestDoctorHasATokenThatIsRefused(t *testing.T) {
	t.Parallel()
	token := says(200, jsonType, `{"access_token":"`+canaryInside+`","token_type":"Bearer","expires_in":3600}`)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/oauth/token") {
			token(w, r)
			return
		}
		says(401, jsonType, `{"error":401}`)(w, r)
	}))
	t.Cleanup(s.Close)
	r := run(t, "", map[string]string{
		"MCLI_OPS_MANAGER_URL": s.URL, "MCLI_ORG_ID": org.String(), "MIGRATIONLINK_CLIENT_ID": "mdb_sa_id_1", "MIGRATIONLINK_CLIENT_SECRET": privateKey,
	}, "doctor")
	assert.Equal(t, ran{console.ExitNotSignedIn, at(s.URL, connected+`ok    clock         agrees with the server's
skip  challenge     a service account signs in without one
fail  key           not signed in (401): the server refused an access token of the service account "mdb_sa_id_1", and a fresh one too. Check that it may use this API
      next: see whether service account mdb_sa_id_1 may use the API of this server
skip  access list, role, organization: not tried
`), ""}, r)
}

func TestDoctorComparesClocks(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 10, 0, 0, 500e6, time.UTC)
	const passes = `ok    challenge     Digest, MD5, qop auth
ok    key           ownerkey is signed in
ok    access list   lets this machine in, whose own address is 127.0.0.1
ok    role          Organization Owner
ok    organization  5f7aac56b3a0b94bcdce6d8a: SYNCED
`
	const why = "      certificates and access tokens hold for a time, and the two machines do not agree when that is\n" +
		"      next: set the clock that is wrong, best by NTP: timedatectl set-ntp true\n"
	for _, c := range []struct {
		name, date, want string
		code             int
	}{
		{"the same", "Mon, 23 Nov 2026 10:00:00 GMT", "ok    clock         agrees with the server's\n", console.ExitDone},
		{"a little behind", "Mon, 23 Nov 2026 10:00:07 GMT", "ok    clock         this machine's is 7s behind\n", console.ExitDone},
		{"a little ahead", "Mon, 23 Nov 2026 09:59:00 GMT", "ok    clock         this machine's is 1m1s ahead\n", console.ExitDone},
		{"far behind", "Mon, 23 Nov 2026 12:00:00 GMT", "fail  clock         this machine's is 2h0m0s behind: it says 2026-11-23 10:00 UTC, the server's 2026-11-23 12:00 UTC\n" + why, console.ExitFailed},
		{"far ahead", "Sun, 22 Nov 2026 10:00:00 GMT", "fail  clock         this machine's is 24h0m1s ahead: it says 2026-11-23 10:00 UTC, the server's 2026-11-22 10:00 UTC\n" + why, console.ExitFailed},
		{"none", "", "skip  clock         the server does not tell the time\n", console.ExitDone},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dated := func(next http.HandlerFunc) http.HandlerFunc {
				return func(w http.ResponseWriter, r *http.Request) {
					w.Header()["Date"] = nil
					if c.date != "" {
						w.Header().Set("Date", c.date)
					}
					next(w, r)
				}
			}
			url := answering(t, dated(challenging), dated(says(200, jsonType, `{"status":"SYNCED"}`)))
			var stdout, stderr output
			p := process(&stdout, &stderr, strings.NewReader(""), environment(url), []string{"doctor"})
			p.Now = func() time.Time { return now }
			code := cli.Run(t.Context(), p)
			assert.Equal(t, ran{c.code, at(url, connected+c.want+passes), ""}, ran{code, stdout.String(), stderr.String()})
		})
	}
}

// It only asks, and as often as it must.
func TestDoctorWritesNothing(t *testing.T) {
	t.Parallel()
	env, requests := standIn(t)
	require.Equal(t, console.ExitDone, run(t, canaryToken, env, "doctor", "--debug").code)
	assert.Equal(t, int64(0), requests.writes.Load())
	assert.Equal(t, int64(2), requests.all.Load())
	env["MCLI_ORG_ID"] = "canary"
	assert.Equal(t, ran{console.ExitUsage, "", "MCLI_ORG_ID: not an organization id: it has 24 hexadecimal digits, like 5f7aac56b3a0b94bcdce6d8a\n"}, run(t, "", env, "doctor"))
	assert.Equal(t, ran{console.ExitUsage, "", "doctor: unknown flag\nmigrationlink doctor --help lists the flags\n"}, run(t, "", env, "doctor", "--attempts", "2"))
	assert.Equal(t, int64(2), requests.all.Load())
}

// Interrupted, it says how far it came.
func TestDoctorIsInterrupted(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	url := answering(t, challenging, func(_ http.ResponseWriter, r *http.Request) {
		stop()
		<-r.Context().Done()
	})
	want := at(url, asked+`skip  key, access list, role: the answer does not tell
fail  organization  interrupted
      next: start it again, and give it longer
`)
	assert.Equal(t, ran{console.ExitInterrupted, want, ""}, runContext(ctx, strings.NewReader(""), environment(url), "doctor"))
}

func TestDoctorIsOutOfTime(t *testing.T) {
	t.Parallel()
	url := answering(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, nil)
	want := at(url, connected+`skip  clock         not tried
fail  challenge     not done within 1s (--timeout)
      next: start it again, and give it longer
skip  key, access list, role, organization: not tried
`)
	assert.Equal(t, ran{console.ExitUnavailable, want, ""}, run(t, "", environment(url), "doctor", "--timeout", "1s"))
}

func TestDoctorAsJSON(t *testing.T) {
	t.Parallel()
	judge, _ := schema(t, "doctor.schema.json")
	for _, c := range []struct {
		key, status string
		code        int
	}{{publicKey, `"status": "NOT_SYNCED"`, console.ExitDone}, {"elsewhere", `"status": null`, console.ExitNotAllowed}} {
		env := environment(hospital(t))
		env["MCLI_PUBLIC_API_KEY"] = c.key
		r := run(t, "", env, "doctor", "-o", "json")
		assert.Equal(t, c.code, r.code)
		assert.Empty(t, r.stderr)
		assert.Contains(t, r.stdout, c.status)
		assert.NoError(t, judge([]byte(r.stdout)), r.stdout)
		assert.Error(t, judge([]byte(strings.Replace(r.stdout, `"step": "key"`, `"step": "kye"`, 1))))
		assert.Error(t, judge([]byte(strings.Replace(r.stdout, `"result": "ok"`, `"result": "fine"`, 1))))
		assert.Error(t, judge([]byte(strings.Replace(r.stdout, `"found"`, `"linkToken": "x", "found"`, 1))))
	}
}

// Of a list, every organization is as it is alone, and says its line. They are examined at once, and written in their order.
func TestDoctorOfAListAsJSON(t *testing.T) {
	t.Parallel()
	judge, _ := schema(t, "doctor.schema.json")
	env := environment(hospital(t))
	delete(env, "MCLI_ORG_ID")
	var list strings.Builder
	list.WriteString("orgId\n" + org.String() + "\n")
	for i := range 40 {
		fmt.Fprintf(&list, "%024x\n", i)
	}
	name := filepath.Join(t.TempDir(), "list.csv")
	require.NoError(t, os.WriteFile(name, []byte(list.String()), 0o600))
	r := run(t, "", env, "doctor", "--from", name, "-o", "json")
	assert.Equal(t, console.ExitSomeFailed, r.code)
	assert.Empty(t, r.stderr)
	var all struct {
		Organizations []json.RawMessage `json:"organizations"`
	}
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &all))
	require.Len(t, all.Organizations, 41)
	for i, one := range all.Organizations {
		require.NoError(t, judge(one), "%s", one)
		assert.Contains(t, string(one), fmt.Sprintf(`"line": %d,`, i+2))
	}
	assert.Contains(t, string(all.Organizations[0]), `"status": "NOT_SYNCED"`)
	assert.Contains(t, string(all.Organizations[40]), fmt.Sprintf(`"orgId": "%024x"`, 39))
}
