// Package har reads recorded traffic, HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec) as browsers and proxies write it, for a checker
// to judge.
//
// A recording holds less than went over the wire, and holds it changed: content is decoded, long content cut off, credentials are taken out.
// What cannot be judged is left out, and the [Recording] says which entries and why; no error and no reason shows content of the file.
package har

import "github.com/migrationlink/migrationlink/checker"

// What is read where [Options] set no limit, in bytes.
const (
	DefaultLimit      = 1 << 30
	DefaultEntryLimit = 64 << 20
)

// Options say what of a file is read.
type Options struct {
	// Limit is the size of the largest file that is read, in bytes; 0 is DefaultLimit.
	Limit int64
	// EntryLimit is the size of the largest entry that is read, in bytes, and so of what is held in memory for one that is not kept; 0 is
	// DefaultEntryLimit.
	EntryLimit int64
	// Host is the only host whose entries are judged, with its port where the URLs have one; empty is every host.
	Host string
}

// Recording is what a file holds for a checker.
type Recording struct {
	// Exchanges are those to judge, in the order of the file.
	Exchanges []Recorded
	// LeftOut are the other entries, those with one reason together.
	LeftOut []LeftOut
	// CredentialsHidden says that sign-in cannot be judged of some exchange that had one or needed it: its Authorization was masked, or there
	// is none in the whole file, as in what Chrome exports unless it is told to include sensitive data.
	CredentialsHidden bool
	// HoldsLinkToken says that a link-token is in the file, which is a credential.
	HoldsLinkToken bool
}

// Recorded is one exchange of a file.
type Recorded struct {
	// Number of the entry in log.entries; the first is 1.
	Number   int
	Exchange checker.Exchange
	// Unjudged says which content is not judged, and why: "the answer's content, which was not recorded".
	Unjudged []string
}

// Reason says why an entry is not judged, in words that follow how many.
type Reason string

// The reasons to leave entries out, in the order in which a Recording has them.
const (
	OtherHost     Reason = "of other hosts"
	OtherPath     Reason = "of other paths"
	OtherResource Reason = "of other resources of the API"
	NoAnswer      Reason = "without an answer"
	NotSent       Reason = "answered by the browser itself"
	NoHeaders     Reason = "without recorded headers"
)

var reasons = []Reason{OtherHost, OtherPath, OtherResource, NoAnswer, NotSent, NoHeaders}

// LeftOut are the entries that are not judged for one reason.
type LeftOut struct {
	Reason Reason
	// Numbers of the entries, ascending; the first of a file is 1.
	Numbers []int
}
