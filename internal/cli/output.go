package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
)

// output is how results are written, as a flag's value: text, which is the zero value, or json.
type output string

const outputJSON output = "json"

func (o *output) String() string {
	if *o == "" {
		return "text"
	}
	return string(*o)
}

func (o *output) Set(s string) error {
	if s != "text" && s != string(outputJSON) {
		return errors.New("want text or json")
	}
	*o = output(s)
	return nil
}

func (*output) Type() string { return "format" }

// result is what connect, status and disconnect write as JSON; docs/result.schema.json describes it. Status is null where the answer did not tell
// it, and Result is left out where nothing was done but asking.
type result struct {
	Status *migrationlink.Status `json:"status"`
	OrgID  migrationlink.OrgID   `json:"orgId"`
	Result string                `json:"result,omitempty"`
}

// notWritten says what was done although its result could not be told.
func notWritten(done string, err error) error {
	return fmt.Errorf("%s, but the result could not be written: %w", done, err)
}

// write writes a result: the text, or the JSON object.
func (o output) write(p Process, text string, r result, link client.Link) error {
	if link.ErrorMessage != "" {
		fmt.Fprintln(p.Stderr, "the last push failed:", link.ErrorMessage)
	}
	if o != outputJSON {
		_, err := fmt.Fprintln(p.Stdout, text)
		return err
	}
	if link.Status != migrationlink.StatusUnknown {
		r.Status = &link.Status
	}
	return writeJSON(p.Stdout, r)
}

// writeJSON writes the one document that -o json is.
func writeJSON(w io.Writer, document any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false) // no browser reads it
	return enc.Encode(document)
}

// shown is a status for people.
func shown(status migrationlink.Status) string {
	if status == migrationlink.StatusUnknown {
		return "unknown: the answer did not tell it"
	}
	return string(status)
}
