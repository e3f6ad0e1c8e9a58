// Package journal keeps what a stand-in was asked and what it answered. It holds no credential, and nothing that the contract does not know:
// no path, no content, no name that the client chose.
package journal

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
)

// The endpoints of OAuth 2.0, which the contract does not have as operations: they give and revoke access tokens.
const (
	Token  migrationlink.Operation = "token"
	Revoke migrationlink.Operation = "revoke"
)

// Entry is one exchange.
type Entry struct {
	// Number counts the exchanges, from 1.
	Number int       `json:"number"`
	At     time.Time `json:"at"`
	// Operation is the operationId, [Token] or [Revoke]; empty for a method and path that the contract does not have.
	Operation migrationlink.Operation `json:"operation,omitempty"`
	// Status of the answer; 0 where the connection ended without one.
	Status int `json:"status"`
	// Code is the errorCode of the answer; of [Token] and [Revoke] it may be an error code of RFC 6749.
	Code migrationlink.Code `json:"errorCode,omitempty"`
	// Caller is the public key, or the client id, that signed in, or the place of a bearer token in the configuration.
	Caller string              `json:"caller,omitempty"`
	OrgID  migrationlink.OrgID `json:"orgId,omitempty"`
	// Probe: a request without credentials, to fetch a challenge.
	Probe bool `json:"probe,omitempty"`
	// Fault that struck, in words.
	Fault string `json:"fault,omitempty"`
	// Findings and Advice are on the request alone: the answers are ours.
	Findings []checker.Finding `json:"findings,omitempty"`
	Advice   []checker.Finding `json:"advice,omitempty"`
}

// String is the entry as one line: 3, 2026-11-23T10:00:00Z, connect, 409 LINK_TOKEN_IN_USE, by ownerkey, organization 5f7aac56b3a0b94bcdce6d8a.
func (e Entry) String() string {
	line := fmt.Sprintf("%d, %s, %s, ", e.Number, e.At.UTC().Format(time.RFC3339), cmp.Or(e.Operation, "no operation"))
	if e.Status == 0 {
		line += "no answer"
	} else {
		line += strings.TrimSpace(fmt.Sprint(e.Status, " ", e.Code))
	}
	if e.Probe {
		line += ", a probe"
	}
	if e.Caller != "" {
		line += ", by " + e.Caller
	}
	if e.OrgID != "" {
		line += ", organization " + e.OrgID.String()
	}
	if e.Fault != "" {
		line += ", fault: " + e.Fault
	}
	return line
}

// DefaultSize is how many entries a journal keeps, unless told otherwise.
const DefaultSize = 10_000

// Journal keeps the last entries, and counts all. It is safe for concurrent use.
type Journal struct {
	size int

	mu      sync.Mutex
	entries []Entry // a ring once it is full
	number  int     // of the last entry
	counts  map[outcome]int
	watch   []func(Entry)
}

type outcome struct {
	operation migrationlink.Operation
	status    int
}

// New makes a journal that keeps the last entries, as many as size says; 0 is [DefaultSize].
func New(size int) *Journal {
	if size <= 0 {
		size = DefaultSize
	}
	return &Journal{size: size, counts: make(map[outcome]int)}
}

// Add keeps an entry, numbers it, and forgets the oldest if there are too many.
func (j *Journal) Add(e Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.number++
	e.Number = j.number
	j.counts[outcome{e.Operation, e.Status}]++
	for _, f := range j.watch {
		f(e)
	}
	if len(j.entries) < j.size {
		j.entries = append(j.entries, e)
		return
	}
	j.entries[(e.Number-1)%j.size] = e
}

// Watch has f told of each entry from now on, one after the other, before the answer is sent. f must not call the journal.
func (j *Journal) Watch(f func(Entry)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.watch = append(j.watch, f)
}

// Count is how many exchanges of an operation were answered with a status, those included that are kept no more.
func (j *Journal) Count(operation migrationlink.Operation, status int) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.counts[outcome{operation, status}]
}

// Entries are those that are kept and that match, oldest first. A nil match takes all.
func (j *Journal) Entries(match func(Entry) bool) []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	start := 0
	if len(j.entries) == j.size {
		start = j.number % j.size
	}
	found := make([]Entry, 0, len(j.entries))
	for _, e := range slices.Concat(j.entries[start:], j.entries[:start]) {
		if match == nil || match(e) {
			found = append(found, e)
		}
	}
	return found
}

// Len is how many exchanges there were, those included that are kept no more.
func (j *Journal) Len() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.number
}

// Reset forgets everything, and numbers from 1 again.
func (j *Journal) Reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries, j.number = nil, 0
	clear(j.counts)
}
