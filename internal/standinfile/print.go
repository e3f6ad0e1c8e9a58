package standinfile

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/digest"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/secret"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/fault"
)

const (
	configHead = `# The configuration of migrationlink serve. docs/operating.md explains it, and
# docs/config.schema.json is its schema. "#field:" (no space after #) is an unset
# option with an example value. To set it, remove the # here, and from the lines below
# that begin with "#" and two spaces.
`
	exampleHead = `#
# These credentials are public. With them, the stand-in listens on loopback addresses
# only. To listen elsewhere, use your own credentials.
`
	redactedHead = `#
# Secrets are shown as [redacted]. Replace them before you serve this file.
`
)

// Print writes the configuration as it counts, in the form in which it is read. Secrets are in it only if they are the example's.
func Print(w io.Writer, s Settings) error {
	out := &configWriter{example: s.File == ""}
	out.text.WriteString(configHead)
	if out.example {
		out.text.WriteString(exampleHead)
	} else {
		out.text.WriteString(redactedHead)
	}
	out.organizations(s.Organizations)
	out.credentials(s)
	out.signIn(s)
	out.faults(s.Faults)
	out.place(s)
	_, err := io.WriteString(w, out.text.String())
	return err
}

// configWriter writes YAML. A field that is left out is written with a # before it.
type configWriter struct {
	example bool
	text    strings.Builder
}

// section writes a comment before a field at the top.
func (w *configWriter) section(comment string) {
	w.text.WriteByte('\n')
	for line := range strings.Lines(comment) {
		w.text.WriteString("# " + line)
	}
	w.text.WriteByte('\n')
}

func (w *configWriter) line(format string, args ...any) { fmt.Fprintf(&w.text, format+"\n", args...) }

// absent writes fields that are left out, each line with a # after its indentation.
func (w *configWriter) absent(indent, lines string) {
	for line := range strings.Lines(lines) {
		w.text.WriteString(indent + "#" + line)
	}
	w.text.WriteByte('\n')
}

// scalar is a text as YAML has it: in quotes where it would be something else without.
func scalar[T ~string](s T) string {
	content, err := yaml.Marshal(string(s))
	if err != nil || strings.Count(string(content), "\n") > 1 { // a text of several lines
		content, _ = json.Marshal(string(s)) // JSON's strings are YAML's
	}
	return strings.TrimSuffix(string(content), "\n")
}

// secret is a secret that may be shown, or what stands for it.
func (w *configWriter) secret(s migrationlink.Secret) string {
	if w.example {
		return scalar(s.Reveal())
	}
	return scalar(secret.Redacted)
}

func (w *configWriter) organizations(organizations []server.Organization) {
	w.section("The organizations that exist.")
	w.line("organizations:")
	for _, o := range organizations {
		w.line("  - id: %s", scalar(o.ID))
		w.optional("    ", "kind", string(o.Kind), "cloudManager    # or opsManager, with the same responses, or atlas: EXPECTED_NON_ATLAS_ORG")
		if o.Kind == server.KindAtlas {
			continue
		}
		w.optional("    ", "link", string(o.Link), "SYNCED          # or NOT_SYNCED; unset: not connected at the first start")
		if len(o.RunningMigrations) > 0 {
			w.line("    runningMigrations: [%s]", joined(o.RunningMigrations))
		} else {
			w.absent("    ", "runningMigrations: [5f7aac56b3a0b94bcdce6d9a]    # projects that migrate; a disconnect is then refused with 409")
		}
	}
}

// optional writes a field, or an example of it where it is left out.
func (w *configWriter) optional(indent, field, value, example string) {
	if value == "" {
		w.absent(indent, field+": "+example)
		return
	}
	w.line("%s%s: %s", indent, field, scalar(value))
}

// joined are texts for a list on one line, where more than elsewhere needs quotes.
func joined[T ~string](texts []T) string {
	scalars := make([]string, len(texts))
	for i, text := range texts {
		if scalars[i] = scalar(text); strings.Contains(scalars[i], ":") {
			scalars[i] = strconv.Quote(string(text))
		}
	}
	return strings.Join(scalars, ", ")
}

func (w *configWriter) credentials(s Settings) {
	w.section("The API keys, for HTTP Digest, with their roles in the organizations. A key with an access\n" +
		"list works only from these addresses.")
	if len(s.APIKeys) == 0 {
		w.absent("", "apiKeys:\n  - publicKey: "+ExamplePublicKey+"\n    privateKey: "+ExamplePrivateKey+"\n"+exampleRights)
	} else {
		w.line("apiKeys:")
	}
	for _, key := range s.APIKeys {
		w.line("  - publicKey: %s\n    privateKey: %s", scalar(key.PublicKey), w.secret(key.PrivateKey))
		w.rights(key.Roles, key.AccessList)
	}
	w.section("The service accounts, for OAuth 2.0. They fetch access tokens at /api/oauth/token.")
	if len(s.ServiceAccounts) == 0 {
		w.absent("", "serviceAccounts:\n  - clientId: "+exampleClientID+"\n    secret: "+exampleClientSecret+"\n"+exampleRights)
	} else {
		w.line("serviceAccounts:")
	}
	for _, account := range s.ServiceAccounts {
		w.line("  - clientId: %s\n    secret: %s", scalar(account.ClientID), w.secret(account.Secret))
		w.rights(account.Roles, account.AccessList)
	}
	w.section("Fixed bearer tokens, for clients that know neither HTTP Digest nor OAuth 2.0.")
	if len(s.BearerTokens) == 0 {
		w.absent("", "bearerTokens:\n  - token: "+exampleBearerToken+"\n"+exampleRights)
	} else {
		w.line("bearerTokens:")
	}
	for _, bearer := range s.BearerTokens {
		w.line("  - token: %s", w.secret(bearer.Token))
		w.rights(bearer.Roles, bearer.AccessList)
	}
}

const exampleRights = "    roles: {" + string(ExampleOrg) + ": [ORG_OWNER]}\n    accessList: [127.0.0.0/8, \"::1/128\"]"

func (w *configWriter) rights(roles map[migrationlink.OrgID][]server.Role, accessList []netip.Prefix) {
	if len(roles) == 0 {
		w.absent("    ", "roles: {"+ExampleOrg.String()+": [ORG_OWNER]}")
	} else {
		w.line("    roles:")
	}
	for _, id := range slices.Sorted(maps.Keys(roles)) {
		w.line("      %s: [%s]", scalar(id), joined(roles[id]))
	}
	if len(accessList) == 0 {
		w.absent("    ", `accessList: [127.0.0.0/8, "::1/128"]    # unset: any address`)
		return
	}
	ranges := make([]string, len(accessList))
	for i, prefix := range accessList {
		ranges[i] = prefix.String()
	}
	w.line("    accessList: [%s]", joined(ranges))
}

func (w *configWriter) signIn(s Settings) {
	w.section("How long a nonce of HTTP Digest is valid, and for how many requests.")
	w.line("nonce: {lifetime: %s, uses: %d}", spoken(cmp.Or(s.Nonce.Lifetime, digest.DefaultLifetime)), cmp.Or(s.Nonce.Uses, digest.DefaultUses))
	w.section("How long an access token is valid.")
	w.line("accessToken: {lifetime: %s}", spoken(cmp.Or(s.AccessToken.Lifetime, server.DefaultAccessTokenLifetime)))
	w.section(fmt.Sprintf("Rate limits: off, or documented. Documented are %d token requests a minute and %d live\n"+
		"tokens for each service account, and %d calls a minute for each caller. Beyond: 429.",
		server.TokenRequestsAMinute, server.LiveAccessTokens, server.CallsAMinute))
	w.line("limits: %s", scalar(cmp.Or(s.Limits, server.LimitsOff)))
}

func (w *configWriter) faults(faults []fault.Fault) {
	w.section("The faults to inject: docs/faults.md.")
	if len(faults) == 0 {
		w.absent("", "faults:\n  - {operation: connect, next: 2, error: RATE_LIMITED, retryAfter: 3s}")
		return
	}
	w.line("faults:")
	for _, f := range faults {
		content, err := json.Marshal(f) // JSON is YAML
		if err != nil {
			panic(err) // one that was read
		}
		w.line("  - %s", content)
	}
}

func (w *configWriter) place(s Settings) {
	w.section("The address of the API, HOST:PORT. Port 0 is any free port. --listen overrides it.")
	w.line("listen: %s", scalar(s.Listen.Value))
	w.section("The address of the admin interface. If others can reach it, it requires the token in\ntokenFile. --admin overrides it.")
	if s.Admin.Listen.Value == "" {
		w.absent("", "admin: {listen: 127.0.0.1:0}")
	} else {
		w.fields("admin", field{"listen", s.Admin.Listen}, field{"tokenFile", s.Admin.TokenFile})
	}
	w.section("The certificate for TLS, in PEM: cert and key, or selfSigned, the file for the CA of a\n" +
		"certificate that is made for this run. Paths are relative to this file. --tls-cert,\n" +
		"--tls-key and --tls-self-signed override it.")
	if !s.TLS.Wanted() {
		w.absent("", "tls: {selfSigned: ca.pem}")
	} else {
		w.fields("tls", field{"cert", s.TLS.Cert}, field{"key", s.TLS.Key}, field{"selfSigned", s.TLS.SelfSigned})
	}
}

type field struct {
	name string
	console.Setting
}

func (w *configWriter) fields(name string, fields ...field) {
	w.line("%s:", name)
	for _, f := range fields {
		switch {
		case f.Value == "":
		case f.name == "listen":
			w.line("  %s: %s", f.name, scalar(f.Value))
		default:
			w.line("  %s: %s", f.name, scalar(absolute(f.Value)))
		}
	}
}

// absolute is the name of a file wherever it is read from.
func absolute(name string) string {
	if whole, err := filepath.Abs(name); err == nil {
		return whole
	}
	return name
}

// spoken is a time as a person writes it: 1h, where time.Duration says 1h0m0s.
func spoken(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
