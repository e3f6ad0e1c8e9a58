package fault

import (
	"slices"

	"github.com/migrationlink/migrationlink"
)

// Any stands for each operation of the contract.
const Any migrationlink.Operation = ""

// Kind is what happens to a call that is struck.
type Kind string

// The kinds of faults. [Kinds] describes them.
const (
	Error          Kind = "error"
	Latency        Kind = "latency"
	Reset          Kind = "reset"
	Empty          Kind = "empty"
	Half           Kind = "half"
	Garbage        Kind = "garbage"
	Endless        Kind = "endless"
	ClosedIdle     Kind = "closedIdle"
	StaleNonce     Kind = "staleNonce"
	ReplayedNonce  Kind = "replayedNonce"
	ExpiredToken   Kind = "expiredToken"
	RevokedToken   Kind = "revokedToken"
	NotSynced      Kind = "notSynced"
	BrokenContract Kind = "brokenContract"
	LoginPage      Kind = "loginPage"
	Redirect       Kind = "redirect"
)

// When says at which point of a request a fault strikes, and so which requests are calls for it.
type When string

// The points, in the order in which a request passes them.
const (
	// BeforeSignIn strikes every request of the operation, probes included, before anything else is looked at: what stands before a server
	// does that.
	BeforeSignIn When = "beforeSignIn"
	// AtSignIn strikes a request that carries credentials, before they are verified. They are not spent, and nothing is done.
	AtSignIn When = "atSignIn"
	// BeforeEffect strikes a request that is signed in, allowed and well formed, in place of what it asks for: nothing is done.
	BeforeEffect When = "beforeEffect"
	// AfterEffect strikes the same requests when what they ask for is done: the caller does not learn of it.
	AfterEffect When = "afterEffect"
)

// Description is what there is to say of a kind.
type Description struct {
	Kind Kind
	// Does is what happens, in a sentence.
	Does string
	// Operations that it can strike.
	Operations []migrationlink.Operation
	// When it can strike; the first is what it does unless told otherwise. Of an [Error] each code has its own: see [Documented].
	When []When
	// Scheme of the credentials that it strikes; empty is any.
	Scheme migrationlink.SecurityScheme
	// HTTP2 and InProcess say what becomes of it over HTTP/2, and where the handler is called without a connection; empty is the same.
	HTTP2, InProcess string
}

// Seat is how a call comes to a stand-in.
type Seat string

// The seats. HTTP/1.1 over TLS is as over TCP.
const (
	TCP       Seat = "HTTP/1.1"
	HTTP2     Seat = "HTTP/2"
	InProcess Seat = "in-process" // the handler is called without a connection
)

// Impossible says what becomes of a fault that a seat does not let happen, to a call of the operation; empty where it happens.
func (d Description) Impossible(seat Seat, operation migrationlink.Operation) string {
	bytesOfItsOwn := d.Kind == Garbage || d.Kind == ClosedIdle || d.Kind == Half && operation == migrationlink.OperationDisconnect
	switch {
	case !bytesOfItsOwn || seat == TCP:
		return ""
	case seat == HTTP2:
		return d.HTTP2
	default:
		return d.InProcess
	}
}

// Kinds describes every kind, in a fixed order.
func Kinds() []Description { return contract().kinds() }

func (c catalogue) kinds() []Description {
	wherever := []When{BeforeEffect, AfterEffect, BeforeSignIn}
	atSignIn := []When{AtSignIn}
	const (
		streamReset = "the stream is reset (RST_STREAM), the connection stays"
		aborted     = "the handler panics with http.ErrAbortHandler"
	)
	all := []Description{
		{Kind: Error, Does: "A documented error with its errorCode, and with Retry-After where the error has one.", When: wherever},
		{Kind: Latency, Does: "The response comes late, by a fixed time or by a random time between two. Other faults can hit the same call. " +
			"If the client disconnects before the effect, the stand-in does nothing.", When: wherever},
		{Kind: Reset, Does: "The connection is reset (TCP RST) without a response.", When: wherever, HTTP2: streamReset, InProcess: aborted},
		{Kind: Empty, Does: "The connection is closed without a response.", When: wherever, HTTP2: streamReset, InProcess: aborted},
		{
			Kind: Half, Does: "The response is cut, then the connection is closed. The client gets the header and half of the body, " +
				"or half of the header if there is no body.", When: []When{AfterEffect},
			HTTP2: "then the stream is reset; an answer without content is not sent at all", InProcess: "then the handler panics with http.ErrAbortHandler; an answer without content is not written at all",
		},
		{Kind: Garbage, Does: "The stand-in sends bytes that are not HTTP, then closes the connection.", When: wherever, HTTP2: streamReset, InProcess: aborted},
		{Kind: Endless, Does: "A success whose body never ends: spaces, until the client disconnects. " +
			"After 16 MiB or a minute the connection is closed.", When: wherever, HTTP2: "then the stream is reset", InProcess: "then the handler panics with http.ErrAbortHandler"},
		{Kind: ClosedIdle, Does: "The connection is closed just as the request goes out, as a server closes an idle connection. " +
			"The request is not processed, and its nonce count is not used up.", When: atSignIn, HTTP2: streamReset, InProcess: aborted},
		{Kind: StaleNonce, Does: "401 with a challenge that has stale=true.", When: atSignIn, Scheme: migrationlink.SecuritySchemeDigest},
		{Kind: ReplayedNonce, Does: "401 with a challenge, as if the nonce count had been used before. " +
			"MongoDB's server is known to do this under parallel calls.", When: atSignIn, Scheme: migrationlink.SecuritySchemeDigest},
		{Kind: ExpiredToken, Does: "401 invalid_token, as if the bearer token had expired.", When: atSignIn, Scheme: migrationlink.SecuritySchemeServiceAccount},
		{Kind: RevokedToken, Does: "401 invalid_token, as if the bearer token had been revoked.", When: atSignIn, Scheme: migrationlink.SecuritySchemeServiceAccount},
		{Kind: NotSynced, Does: "The response says NOT_SYNCED, whatever the status is.", Operations: []migrationlink.Operation{migrationlink.OperationStatus}, When: []When{BeforeEffect}},
		{Kind: BrokenContract, Does: "A success that violates the contract: a list around the object. " +
			"For disconnect: a 200 with a body, which the contract does not declare.", When: wherever},
		{Kind: LoginPage, Does: "200 with a login page in HTML, as a proxy or a portal sends it.", When: []When{BeforeSignIn, BeforeEffect}},
		{Kind: Redirect, Does: "307 to another origin, https://elsewhere.invalid/ unless the fault has a location.", When: []When{BeforeSignIn, BeforeEffect}},
	}
	for i := range all {
		if all[i].Operations == nil {
			all[i].Operations = c.operations
		}
	}
	return all
}

// describe finds the description of a kind.
func (c catalogue) describe(k Kind) (Description, bool) {
	all := c.kinds()
	i := slices.IndexFunc(all, func(d Description) bool { return d.Kind == k })
	if i < 0 {
		return Description{}, false
	}
	return all[i], true
}
