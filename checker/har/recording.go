// Package har reads recorded traffic, HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec) as
// browsers and proxies write it, for a checker to judge.
//
// A recording holds less than went over the wire, and holds it changed: content is decoded, long
// content cut off, credentials are taken out. The private fields of recorders say more: what
// answered in place of the server, and what broke off. What cannot be judged is left out, and the
// [Recording] says which entries and why. The checker says which bodies are not judged. No error
// and no reason shows content of the file.
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
	// EntryLimit is the size of the largest entry that is read, in bytes, and so of what is held in
	// memory for one that is not kept; 0 is DefaultEntryLimit.
	EntryLimit int64
	// Host is the only host whose entries are judged, with its port unless that is the default of
	// the URL's scheme; empty is every host.
	Host string
}

// Recording is what a file holds for a checker.
type Recording struct {
	// Exchanges are those to judge, in the order of the file.
	Exchanges []Recorded
	// LeftOut are the other entries, those with one reason together.
	LeftOut []LeftOut
	// CredentialsHidden says that sign-in cannot be judged of some exchange that had one or needed
	// it: its Authorization was masked, or no request to this API of this host has any, as in what
	// Chrome exports unless it is told to include sensitive data.
	CredentialsHidden bool
	// HostMissed says that requests to this API are in the file, and none of them went to the host
	// of the [Options].
	HostMissed bool
	// HoldsLinkToken says that a link-token is in the file, which is a credential.
	HoldsLinkToken bool
}

// Recorded is one exchange of a file.
type Recorded struct {
	// Number of the entry in log.entries; the first is 1.
	Number   int
	Exchange checker.Exchange
}

// Reason says why an entry is not judged, in words that follow how many.
type Reason string

// The reasons to leave entries out, in the order in which a Recording has them. The last three are
// of entries that should have been judged.
const (
	OtherHost     Reason = "of other hosts"
	OtherPath     Reason = "of other paths"
	OtherResource Reason = "of other resources of the API"
	Preflight     Reason = "preflights of a browser (CORS)"
	NoAnswer      Reason = "without an answer"
	NotSent       Reason = "not answered by the server"
	NoHeaders     Reason = "without recorded headers"
)

var reasons = []Reason{OtherHost, OtherPath, OtherResource, Preflight, NoAnswer, NotSent, NoHeaders}

// Owed reports whether an entry that is left out for the reason should have been judged.
func (r Reason) Owed() bool { return r == NoAnswer || r == NotSent || r == NoHeaders }

// LeftOut are the entries that are not judged for one reason.
type LeftOut struct {
	Reason Reason
	// Numbers of the entries, ascending; the first of a file is 1.
	Numbers []int
}
