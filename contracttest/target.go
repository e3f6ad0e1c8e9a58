package contracttest

import (
	"fmt"
	"io"
	"net/http"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/secret"
)

// Target is the server that is held to the contract. Handler or URL, OrgID and Key are required.
type Target struct {
	// Handler is served on a port of loopback while the session is open.
	Handler http.Handler
	// URL is the address of a server that runs: scheme://host:port, with or without the base path at its end.
	URL string
	// BasePath that the operations are served under; empty is that of the contract's first server, /api/public/v1.0.
	BasePath string
	// Transport goes to the server; nil is one of the session's own. An *http.Transport brings its TLS settings to the cases that write to a connection
	// themselves; with another kind, or a proxy, those are left out.
	Transport http.RoundTripper
	// OrgID is an organization that exists and that the key owns. With Writes it is connected and disconnected.
	OrgID migrationlink.OrgID
	// OtherOrgID is a second one, for what takes two; empty leaves those cases out.
	OtherOrgID migrationlink.OrgID
	// Key signs in by HTTP Digest. It holds the role Organization Owner.
	Key Key
	// WithoutRole is a key of OrgID that lacks the role, and Elsewhere one whose access list does not have this machine; empty leaves their cases out.
	WithoutRole, Elsewhere Key
	// ServiceAccount signs in by OAuth 2.0 and holds the role Organization Owner; its access tokens come from the endpoint that the contract names,
	// at the target. AccountWithoutRole and AccountElsewhere are to it what WithoutRole and Elsewhere are to Key. Empty leaves their cases out.
	ServiceAccount, AccountWithoutRole, AccountElsewhere Key
	// Writes allows to connect and to disconnect. Without it nothing is sent that could change anything, were it accepted.
	Writes bool
	// Tokens to connect with, in this order. With none they are invented, which a server that looks into them refuses.
	Tokens []migrationlink.LinkToken
}

// Key is an API key, or a service account: its client id and its secret. Whatever prints it shows its public half alone.
type Key struct {
	Public  string
	Private migrationlink.Secret
}

// Format writes the public key.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.shown()+" [redacted]") }

// shown is the public half, unless a secret is in its place.
func (k Key) shown() string { return secret.Shown(k.Public, k.Private.Reveal()) }
