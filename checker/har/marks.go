package har

import (
	"encoding/json"
	"slices"
	"strings"
)

// entryMarks are private fields of an entry by which recorders say what became of it.
type entryMarks struct {
	// FromCache names the cache that answered in place of the server (Chrome).
	FromCache json.RawMessage `json:"_fromCache"`
	// FetchType says what answered: Network Load, or a cache, a service worker, the inspector
	// (Safari).
	FetchType json.RawMessage `json:"_fetchType"`
	// WasFulfilled: a test answered in place of the server (Playwright).
	WasFulfilled json.RawMessage `json:"_wasFulfilled"`
	// WasAborted: a test broke the request off (Playwright).
	WasAborted json.RawMessage `json:"_wasAborted"`
}

// responseMarks are those of a response.
type responseMarks struct {
	// ServiceWorker: a service worker answered (Chrome).
	ServiceWorker json.RawMessage `json:"_fetchedViaServiceWorker"`
	// Failure says why the response broke off (Chrome and Safari).
	Failure json.RawMessage `json:"_error"`
	// FailureText says the same (Playwright).
	FailureText json.RawMessage `json:"_failureText"`
	// CharlesStatus is COMPLETE for a response that did not break off (Charles).
	CharlesStatus json.RawMessage `json:"_charlesStatus"`
}

// sent reports whether the server answered, and neither a cache, nor a service worker, nor a test.
func (e *entry) sent() bool {
	return !isSet(e.FromCache) && !isSet(e.Response.ServiceWorker) && !isSet(e.WasFulfilled) && !isOther(e.FetchType, "Network Load")
}

// brokeOff reports whether the recorder says that the response came to no end.
func (e *entry) brokeOff() bool {
	r := e.Response.responseMarks
	return isSet(r.Failure) || isSet(r.FailureText) || isSet(e.WasAborted) || isOther(r.CharlesStatus, "COMPLETE")
}

func isSet(mark json.RawMessage) bool {
	return len(mark) > 0 && !slices.Contains([]string{"null", "false", `""`, "0"}, string(mark))
}

// isOther reports whether a mark says something, and not what is usual.
func isOther(mark json.RawMessage, usual string) bool {
	var said string
	return isSet(mark) && (json.Unmarshal(mark, &said) != nil || !strings.EqualFold(said, usual))
}
