package fault

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/migrationlink/migrationlink"
)

// wire is the form of a fault in JSON, as it is written.
type wire struct {
	Operation  migrationlink.Operation `json:"operation,omitempty"`
	Next       int                     `json:"next,omitempty"`
	Share      float64                 `json:"share,omitempty"`
	Seed       uint64                  `json:"seed,omitempty"`
	InARow     int                     `json:"inARow,omitempty"`
	Error      migrationlink.Code      `json:"error,omitempty"`
	RetryAfter string                  `json:"retryAfter,omitempty"`
	Latency    string                  `json:"latency,omitempty"`
	Fault      Kind                    `json:"fault,omitempty"`
	Location   string                  `json:"location,omitempty"`
	When       When                    `json:"when,omitempty"`
}

// MarshalJSON writes the fault so that it can be read again. What it does unless told otherwise is left out.
func (f Fault) MarshalJSON() ([]byte, error) {
	w := wire{Operation: f.operation, Next: f.next, Share: f.share, Seed: f.seed, InARow: f.inARow, Location: f.location}
	switch f.kind {
	case Error:
		w.Error = f.code
	case Latency:
		w.Latency = latency(f.from, f.to)
	default:
		w.Fault = f.kind
	}
	if f.comesBack {
		w.RetryAfter = f.retryAfter.String()
	}
	if allowed := f.allowed(); len(allowed) > 0 && f.when != allowed[0] {
		w.When = f.when
	}
	return json.Marshal(w)
}

// Fields are the names that a fault has in JSON, each with what it says.
func Fields() []Field {
	return []Field{
		{"operation", "text", "connect, status or disconnect; default: all of them"},
		{"next", "number", "the number of calls that fail, 1 to 1,000,000; default without share: 1"},
		{"share", "number", "instead of next: the share of the calls that fail, above 0 and at most 1, until the fault is removed"},
		{"seed", "number", "with share or latency: the seed of the random choice; default: 0"},
		{"inARow", "number", "with share: the most consecutive failures per organization, 1 to 1,000; default: 1"},
		{"error", "text", "what happens: a documented error, by its errorCode"},
		{"retryAfter", "text", "with an error that allows it: the Retry-After header, whole seconds, 0s to 24h"},
		{"latency", "text", "what happens: a delay of the response, such as 200ms or 100ms-300ms, at most 10m"},
		{"fault", "text", "what happens: any other kind of fault"},
		{"location", "text", "with redirect: an absolute http or https URL; default: " + elsewhere},
		{"when", "text", "beforeSignIn, atSignIn, beforeEffect or afterEffect; default: the first entry for this kind of fault"},
	}
}

// Field is one name of a fault in JSON.
type Field struct{ Name, Type, Says string }

// UnmarshalJSON reads a fault, and refuses with [Problems] what it would have to guess: a name that is not known or given twice, a value of another
// type, a number out of range.
func (f *Fault) UnmarshalJSON(content []byte) error {
	given, err := members(content)
	if err != nil {
		return err
	}
	r := reader{given: given}
	read := r.fault()
	if len(r.problems) == 0 { // what could not be read has been told; what follows from it has not been said
		if err := read.Validate(); err != nil {
			return err
		}
		*f = read
		return nil
	}
	return r.problems
}

// members are the properties of a JSON object.
func members(content []byte) (map[string]json.RawMessage, error) {
	malformed := Problems{{Text: "a fault is a JSON object, like " + example}}
	dec := json.NewDecoder(bytes.NewReader(content))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, malformed
	}
	var p Problems
	all := make(map[string]json.RawMessage)
	for dec.More() {
		token, err := dec.Token()
		name, _ := token.(string)
		var value json.RawMessage
		if err != nil || dec.Decode(&value) != nil {
			return nil, malformed
		}
		known := names()
		switch _, twice := all[name]; {
		case !slices.Contains(known, name):
			p.add("", "%q is no field of a fault%s", name, orList(name, known))
		case twice:
			p.add(name, "is given twice; want it once")
		}
		all[name] = value
	}
	if _, err := dec.Token(); err != nil {
		return nil, malformed
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, malformed
	}
	if len(p) > 0 {
		return nil, p
	}
	return all, nil
}

const example = `{"operation": "connect", "next": 2, "error": "RATE_LIMITED", "retryAfter": "3s"}`

func names() []string {
	var all []string
	for _, field := range Fields() {
		all = append(all, field.Name)
	}
	return all
}

// reader reads the properties of one fault and collects what is wrong.
type reader struct {
	given    map[string]json.RawMessage
	problems Problems
}

func (r *reader) has(name string) bool { return r.given[name] != nil }

func (r *reader) fault() Fault {
	f := Fault{operation: migrationlink.Operation(r.text("operation")), when: When(r.text("when")), location: r.text("location"), seed: r.seed()}
	r.calls(&f)
	r.kind(&f)
	for _, name := range []string{"operation", "when", "location"} {
		if r.has(name) && string(r.given[name]) == `""` {
			r.problems.add(name, "is empty; want it left out, or a value")
		}
	}
	if r.has("retryAfter") {
		f.retryAfter, f.comesBack = r.duration("retryAfter", r.text("retryAfter"), "3s"), true
	}
	return f
}

func (r *reader) calls(f *Fault) {
	switch {
	case r.has("next") && r.has("share"):
		r.problems.add("share", "is there beside next; want one of the two")
	case r.has("share"):
		f.byShare, f.share, f.inARow = true, r.number("share", "0.1"), 1
		if r.has("inARow") {
			f.inARow = r.whole("inARow")
		}
		return
	case r.has("next"):
		f.next = r.whole("next")
	default:
		f.next = 1
	}
	if r.has("inARow") {
		r.problems.add("inARow", "is of a share, and there is none")
	}
}

func (r *reader) kind(f *Fault) {
	var told []string
	for _, name := range []string{"error", "latency", "fault"} {
		if r.has(name) {
			told = append(told, name)
		}
	}
	if len(told) > 1 {
		r.problems.add(told[1], "is there beside %s; want one of error, latency and fault", told[0])
		return
	}
	switch {
	case r.has("error"):
		f.kind, f.code = Error, migrationlink.Code(r.text("error"))
	case r.has("latency"):
		f.kind = Latency
		from, to, between := strings.Cut(r.text("latency"), "-")
		f.from = r.duration("latency", from, "200ms or 100ms-300ms")
		if f.to = f.from; between {
			f.to = r.duration("latency", to, "200ms or 100ms-300ms")
		}
	case r.has("fault"):
		kind := Kind(r.text("fault"))
		f.kind = kind
		if kind == Error || kind == Latency || kind == "" {
			r.problems.add("fault", "%q is none of %s", kind, list(plain()))
		}
	}
	if r.has("seed") && !r.has("share") && f.kind != Latency {
		r.problems.add("seed", "is of a share or a latency, and there is neither")
	}
}

func (r *reader) text(name string) string {
	var s *string
	if !r.has(name) {
		return ""
	}
	if json.Unmarshal(r.given[name], &s) != nil || s == nil {
		r.problems.add(name, "is no text; want it in quotes")
		return ""
	}
	return *s
}

func (r *reader) number(name, like string) float64 {
	var n *float64
	if json.Unmarshal(r.given[name], &n) != nil || n == nil {
		r.problems.add(name, "is no number; want one like %s", like)
		return 1
	}
	return *n
}

func (r *reader) whole(name string) int {
	n, err := strconv.Atoi(string(r.given[name]))
	if err != nil {
		r.problems.add(name, "is no whole number; want one like 2")
		return 1
	}
	return n
}

func (r *reader) seed() uint64 {
	if !r.has("seed") {
		return 0
	}
	n, err := strconv.ParseUint(string(r.given["seed"]), 10, 64)
	if err != nil {
		r.problems.add("seed", "is no seed; want a whole number, 0 or more")
	}
	return n
}

// duration reads a time. Where the field is no text that has been told.
func (r *reader) duration(name, text, like string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil && !slices.ContainsFunc(r.problems, func(p Problem) bool { return p.Field == name }) {
		r.problems.add(name, "%q is no time; want one like %s", text, like)
	}
	return d
}
