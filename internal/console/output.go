package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
)

// Format is how results are written, as a flag's value: text, which is the zero value, or json.
type Format string

// JSON is the value of -o for scripts.
const JSON Format = "json"

func (o *Format) String() string {
	if *o == "" {
		return "text"
	}
	return string(*o)
}

// Set takes text or json.
func (o *Format) Set(s string) error {
	if s != "text" && s != string(JSON) {
		return errors.New("want text or json")
	}
	*o = Format(s)
	return nil
}

// Type is the name of the value in --help.
func (*Format) Type() string { return "format" }

// Result is what connect, status and disconnect write as JSON; docs/result.schema.json describes it. Status is null where the answer did not tell
// it, and Result is left out where nothing was done but asking.
type Result struct {
	Status *migrationlink.Status `json:"status"`
	OrgID  migrationlink.OrgID   `json:"orgId"`
	Result string                `json:"result,omitempty"`
}

// NotWritten says what was done although its result could not be told.
func NotWritten(done string, err error) error {
	return fmt.Errorf("%s, but the result could not be written: %w", done, err)
}

// Write writes a result: the text, or the JSON object.
func (o Format) Write(p Process, text string, r Result, link client.Link) error {
	if link.ErrorMessage != "" {
		fmt.Fprintln(p.Stderr, "the last push failed:", link.ErrorMessage)
	}
	if o != JSON {
		_, err := fmt.Fprintln(p.Stdout, text)
		return err
	}
	if link.Status != migrationlink.StatusUnknown {
		r.Status = &link.Status
	}
	return WriteJSON(p.Stdout, r)
}

// WriteJSON writes the one document that -o json is.
func WriteJSON(w io.Writer, document any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false) // no browser reads it
	return enc.Encode(document)
}

// StatusText is a status for people.
func StatusText(status migrationlink.Status) string {
	if status == migrationlink.StatusUnknown {
		return "unknown: the answer did not tell it"
	}
	return string(status)
}
