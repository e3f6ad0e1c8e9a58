package digest

import ()

// Reason says why a [Verifier] refused. Each is a sentence for a log. What goes back to the client should not tell UnknownUsername from
// WrongResponse.
type Reason string

// The reasons. Those of a nonce are stale: a client that signs the new challenge may succeed.
const (
	NoCredentials   Reason = "no Authorization header"
	OtherScheme     Reason = "the Authorization header is not of scheme Digest"
	Malformed       Reason = "the Authorization header cannot be read"
	OtherRealm      Reason = "realm is not the one of the challenge"
	OtherURI        Reason = "uri is not the request target"
	OtherAlgorithm  Reason = "algorithm is not the one of the challenge"
	OtherQOP        Reason = "qop is not what the challenge asked for"
	NoCNonce        Reason = "qop without cnonce"
	BadCount        Reason = "nc is not eight hex digits from 00000001 up"
	UnknownNonce    Reason = "the nonce is not from this server"
	ExpiredNonce    Reason = "the nonce has expired"
	UsedUpNonce     Reason = "the nonce is used up"
	SpentCount      Reason = "this nc of the nonce was used before"
	UnknownUsername Reason = "the user name is unknown"
	WrongResponse   Reason = "the response does not fit: wrong password, or signed for another method"
)

// Refusal is the error of [Verifier.Verify]. Its text holds no secret, no user name and nothing else that was sent.
type Refusal struct {
	Reason Reason
	Stale  bool // the nonce is at fault, not the key: to be sent as stale=true (RFC 7616 section 3.3)

	cause error // of Malformed
}

func (r *Refusal) Error() string {
	if r.cause != nil {
		return r.cause.Error()
	}
	return "digest: " + string(r.Reason)
}

// Unwrap makes a Refusal with reason Malformed match [ErrMalformed].
func (r *Refusal) Unwrap() error { return r.cause }
