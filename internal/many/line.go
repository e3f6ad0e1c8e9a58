package many

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/migrationlink/migrationlink"
)

// Outcome is what came of a row.
type Outcome string

// The outcomes. Only those but the last two are final: no later run sends again what has one.
const (
	Connected    Outcome = "connected"
	Disconnected Outcome = "disconnected"
	Skipped      Outcome = "skipped" // it was so already; nothing was sent
	Failed       Outcome = "failed"  // it has not taken effect
	Unknown      Outcome = "unknown" // it was sent, and may have taken effect
)

const (
	format  = "migrationlink results"
	version = 1

	eventIntent  = "intent"
	eventOutcome = "outcome"
)

// header is the first line.
type header struct {
	Format    string                  `json:"format"`
	Version   int                     `json:"version"`
	Operation migrationlink.Operation `json:"operation"`
}

func headerOf(operation migrationlink.Operation) string {
	content, _ := json.Marshal(header{format, version, operation}) // of strings and a number: never fails
	return string(content) + "\n"
}

// line is any other: an intent, on the disk before anything is sent, or an outcome.
type line struct {
	Event string              `json:"event"`
	At    time.Time           `json:"at"`
	OrgID migrationlink.OrgID `json:"orgId"`
	// Address of the server: what was done at one is not done at another.
	Address string `json:"address"`

	// Of an intent.
	Before migrationlink.Status `json:"before,omitempty"` // the status that was answered before
	Token  string               `json:"token,omitempty"`  // the beginning of its fingerprint: enough to tell that it is another one

	// Of an outcome.
	Outcome    Outcome              `json:"outcome,omitempty"`
	Status     migrationlink.Status `json:"status,omitempty"`     // as answered last
	ByStatus   bool                 `json:"byStatus,omitempty"`   // the status tells that it has taken effect, not the answer
	HTTPStatus int                  `json:"httpStatus,omitempty"` // of the answer that was a failure
	Code       migrationlink.Code   `json:"errorCode,omitempty"`
	Error      string               `json:"error,omitempty"`
}

func (l line) encode() ([]byte, error) {
	l.At = l.At.UTC().Truncate(time.Second)
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(l)
	return b.Bytes(), err
}

// fingerprintOf is the beginning of a token's fingerprint, 64 bits in hexadecimal digits; empty without a token.
func fingerprintOf(token migrationlink.LinkToken) string {
	if token.IsZero() {
		return ""
	}
	print := token.Fingerprint()
	return fmt.Sprintf("%x", print[:8])
}

// past is what earlier runs have written of an organization.
type past struct {
	number  int   // of the last line
	intent  *line // the last
	outcome *line // the last; nil where an intent came after it: it was under way
}

func (p past) underWay() bool { return p.intent != nil && p.outcome == nil }

// is reports whether the last run to be done with it had this outcome.
func (p past) is(outcomes ...Outcome) bool {
	return p.outcome != nil && slices.Contains(outcomes, p.outcome.Outcome)
}

// address of the server that it was done at.
func (p past) address() string {
	switch {
	case p.outcome != nil:
		return p.outcome.Address
	case p.intent != nil:
		return p.intent.Address
	}
	return ""
}

var errNotOurs = errors.New("not a results file of this command; give another name, or one that is not there yet. It was not changed")

// read takes in what earlier runs have written, and returns how many bytes of it are whole lines.
func (r *Results) read(content []byte) (int, error) {
	r.past = make(map[migrationlink.OrgID]past)
	end := bytes.LastIndexByte(content, '\n') + 1
	if end == 0 { // the first run ended before it had begun, or this is something else
		for _, operation := range []migrationlink.Operation{migrationlink.OperationConnect, migrationlink.OperationDisconnect} {
			if strings.HasPrefix(headerOf(operation), string(content)) {
				return 0, nil
			}
		}
		return 0, errNotOurs
	}
	number := 0
	for text := range bytes.Lines(content[:end]) {
		if number++; number == 1 {
			if err := r.readHeader(text); err != nil {
				return 0, err
			}
			continue
		}
		l, err := r.readLine(text)
		if err != nil {
			return 0, fmt.Errorf("line %d is none of a results file: %w; give another name, or take the line out. It was not changed", number, err)
		}
		p := r.past[l.OrgID]
		p.number, p.outcome = number, nil
		if l.Event == eventIntent {
			p.intent = l
		} else {
			p.outcome = l
		}
		r.past[l.OrgID] = p
	}
	return end, nil
}

func (r *Results) readHeader(text []byte) error {
	var h header
	if err := json.Unmarshal(text, &h); err != nil || h.Format != format {
		return errNotOurs
	}
	switch {
	case h.Version != version:
		return fmt.Errorf("of version %d, and this command knows version %d; use the one that wrote it. It was not changed", h.Version, version)
	case h.Operation != r.operation:
		return fmt.Errorf("the results of another operation than %s; give each a file of its own. It was not changed", r.operation)
	}
	return nil
}

func (r *Results) readLine(text []byte) (*line, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var l line
	if err := decoder.Decode(&l); err != nil || decoder.More() {
		return nil, errors.New("no object of JSON with the fields that it should have")
	}
	org, err := migrationlink.ParseOrgID(l.OrgID.String())
	switch {
	case err != nil:
		return nil, fmt.Errorf("orgId: %w", err)
	case l.Event == eventIntent && l.Outcome == "":
	case l.Event == eventOutcome && slices.Contains(outcomesOf(r.operation), l.Outcome):
	default:
		return nil, fmt.Errorf("neither an intent nor an outcome of %s", r.operation)
	}
	l.OrgID = org
	return &l, nil
}

func outcomesOf(operation migrationlink.Operation) []Outcome {
	if operation == migrationlink.OperationDisconnect {
		return []Outcome{Disconnected, Skipped, Failed, Unknown}
	}
	return []Outcome{Connected, Skipped, Failed, Unknown}
}
