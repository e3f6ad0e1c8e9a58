package checker

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
)

// NotJudged is the rule of an advice that says which part of an exchange was not judged, and why.
const NotJudged = "not-judged"

// Outcome is the verdict on an exchange in one word.
type Outcome string

// The three outcomes.
const (
	Valid     Outcome = "valid"
	Violation Outcome = "violation"
	Unjudged  Outcome = "not judged"
)

// Outcome is a violation if a finding fails, not judged if a part of the exchange could not be
// judged, and else valid. judged is the direction that counts; empty means both. fails says whether
// a finding counts; nil means that each does.
func (v Verdict) Outcome(judged Direction, fails func(Finding) bool) Outcome {
	counts := func(f Finding) bool { return judged == "" || f.Direction == judged }
	if slices.ContainsFunc(v.Findings, func(f Finding) bool { return counts(f) && (fails == nil || fails(f)) }) {
		return Violation
	}
	if v.NotJudged(judged) != (Finding{}) {
		return Unjudged
	}
	return Valid
}

// NotJudged is the first advice that says that a part of the exchange was not judged; it is empty
// where all of it was. judged is the direction that counts; empty means both.
func (v Verdict) NotJudged(judged Direction) Finding {
	for _, f := range v.Advice {
		if f.Rule == NotJudged && (judged == "" || f.Direction == judged) {
			return f
		}
	}
	return Finding{}
}

// unread notes that a truncated body is not judged, and says why.
func (j *judge) unread(why string) { j.advise(Body, NotJudged, cmp.Or(why, "was not read to its end")) }

// wholeJSON reports whether a part of a body is a JSON value that no further byte could belong to:
// an object, an array or a string. More digits may follow a number.
func wholeJSON(part []byte) bool {
	part = bytes.Trim(part, " \t\r\n")
	return len(part) > 0 && bytes.IndexByte([]byte(`{["`), part[0]) >= 0 && json.Valid(part)
}

// partOfAnswer reports whether the response body is a part that cannot be judged. A part of
// compressed content never is.
func (j *judge) partOfAnswer() bool {
	e := j.exchange
	return e.ResponseTruncated && (e.ResponseHeader.Get("Content-Encoding") != "" || !wholeJSON(e.ResponseBody))
}

// partOfRequest reports whether the request body is a part that cannot be judged.
func (j *judge) partOfRequest() bool {
	return j.exchange.RequestTruncated && !wholeJSON(j.exchange.RequestBody)
}
