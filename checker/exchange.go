package checker

import "net/http"

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

	// requestLength is how long the request's content was to be, where an early answer kept it from being sent whole.
	requestLength int64
	// incomplete says that nobody read the answer's body to its end, so that it can't be judged.
	incomplete bool
}

// signedIn reports whether the request carries credentials, whatever they are worth.
func (e Exchange) signedIn() bool { return len(e.RequestHeader.Values("Authorization")) > 0 }

// probe reports whether the request went out without credentials to fetch a challenge, and got one. Nothing was done for it, so it owes
// the contract no content.
func (e Exchange) probe() bool {
	return !e.signedIn() && e.Status == http.StatusUnauthorized && len(e.ResponseHeader.Values("WWW-Authenticate")) > 0
}
