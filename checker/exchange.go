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
	// RequestLength is how long the request's content was announced to be, in bytes, where RequestBody is less: an early answer can keep it
	// from being sent whole, and then it is not judged.
	RequestLength int64
	// ResponseTruncated says that ResponseBody is not all of the content, so that it is not judged: nobody read it to its end, or kept it.
	ResponseTruncated bool
}

// signedIn reports whether the request carries credentials, whatever they are worth.
func (e Exchange) signedIn() bool { return len(e.RequestHeader.Values("Authorization")) > 0 }

// probe reports whether the request went out without credentials to fetch a challenge, and got one. Nothing was done for it, so it owes
// the contract no content.
func (e Exchange) probe() bool {
	return !e.signedIn() && e.Status == http.StatusUnauthorized && len(e.ResponseHeader.Values("WWW-Authenticate")) > 0
}
