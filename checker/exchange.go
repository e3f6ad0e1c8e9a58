package checker

import (
	"maps"
	"net/http"
	"slices"
)

// Exchange is one request and its answer, as they went over the wire. The checker reads it and changes nothing.
type Exchange struct {
	Method string
	// Target is the request target as it was sent: path and query, or an absolute URL.
	Target        string
	RequestHeader http.Header
	RequestBody   []byte
	// Status of the answer; 0 while there is none.
	Status         int
	ResponseHeader http.Header
	ResponseBody   []byte
	// RequestLength is how long the request's content was announced to be, in bytes; 0 or less where that is not known.
	RequestLength int64
	// RequestTruncated says that RequestBody may be a part of the body only: an early response can keep a client from sending the rest.
	// A part that is one whole JSON object, array or string is judged. Any other part is not judged.
	RequestTruncated bool
	// ResponseTruncated says the same of ResponseBody: nobody read it to its end, or kept it.
	ResponseTruncated bool
	// RequestUnread and ResponseUnread say why a truncated body is not whole, in words that follow the body: was not recorded. Empty means
	// that it was not read to its end.
	RequestUnread, ResponseUnread string
	// CredentialsHidden says that the request may have carried credentials that are not in RequestHeader: a recorder took them out. Whether
	// it signed in is then not judged.
	CredentialsHidden bool
}

// canonical is the exchange with header names spelled as net/http does: letter case means nothing in them (RFC 9110 section 5.1).
func (e Exchange) canonical() Exchange {
	e.RequestHeader, e.ResponseHeader = canonical(e.RequestHeader), canonical(e.ResponseHeader)
	return e
}

func canonical(h http.Header) http.Header {
	if isCanonical(h) {
		return h
	}
	spelled := make(http.Header, len(h))
	for _, name := range slices.Sorted(maps.Keys(h)) {
		key := http.CanonicalHeaderKey(name)
		spelled[key] = append(spelled[key], h[name]...)
	}
	return spelled
}

func isCanonical(h http.Header) bool {
	for name := range h {
		if http.CanonicalHeaderKey(name) != name {
			return false
		}
	}
	return true
}

// credentials reports whether credentials are in the request, whatever they are worth.
func (e Exchange) credentials() bool { return len(e.RequestHeader.Values("Authorization")) > 0 }

// signedIn reports whether the request carries credentials, or may have.
func (e Exchange) signedIn() bool { return e.credentials() || e.CredentialsHidden }

// probe reports whether the request went out without credentials to fetch a challenge, and got one. Nothing was done for it, so it owes
// the contract no content.
func (e Exchange) probe() bool {
	return !e.credentials() && e.Status == http.StatusUnauthorized && len(e.ResponseHeader.Values("WWW-Authenticate")) > 0
}

// Report is told of each exchange and the verdict on it. It may be called from many goroutines, and must not keep the exchange's
// slices beyond the call if it changes them.
type Report func(Exchange, Verdict)
