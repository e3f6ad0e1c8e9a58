package doctor

import (
	"fmt"
	"io"
	"strings"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/count"
)

func (x *Examination) Write(w io.Writer, o console.Format) error {
	if o == console.JSON {
		return console.WriteJSON(w, x.document())
	}
	_, err := io.WriteString(w, x.text())
	return err
}

// text has a line for each step, and one for all those in a row that were skipped for the same reason.
func (x *Examination) text() string {
	var b strings.Builder
	for i := 0; i < len(x.steps); i++ {
		s, names := x.steps[i], []string{x.steps[i].name}
		for s.outcome == skipped && i+1 < len(x.steps) && x.steps[i+1].found == s.found {
			i++
			names = append(names, x.steps[i].name)
		}
		b.WriteString(s.text(names))
	}
	return b.String()
}

// text is the step in lines, for all the steps of these names.
func (s step) text(names []string) string {
	if len(names) > 1 {
		return fmt.Sprintf("%-4s  %s: %s\n", s.outcome, strings.Join(names, ", "), s.found)
	}
	text := fmt.Sprintf("%-4s  %-12s  %s\n", s.outcome, s.name, s.found)
	if s.why != "" {
		text += "      " + s.why + "\n"
	}
	switch {
	case s.next != "" && s.run != "":
		text += "      next: " + s.next + ": " + s.run + "\n"
	case s.next != "" || s.run != "":
		text += "      next: " + s.next + s.run + "\n"
	}
	return text
}

// examinedJSON is what docs/doctor.schema.json describes.
type examinedJSON struct {
	Line    int                   `json:"line,omitempty"`
	OrgID   migrationlink.OrgID   `json:"orgId"`
	Address string                `json:"address"`
	Status  *migrationlink.Status `json:"status"`
	Steps   []stepJSON            `json:"steps"`
}

type stepJSON struct {
	Step   string  `json:"step"`
	Result outcome `json:"result"`
	Found  string  `json:"found"`
	Why    string  `json:"why,omitempty"`
	Next   string  `json:"next,omitempty"`
	Run    string  `json:"run,omitempty"`
}

func (x *Examination) document() examinedJSON {
	d := examinedJSON{OrgID: x.call.Org, Address: x.way.server.String(), Status: x.statusOf()}
	for _, s := range x.steps {
		d.Steps = append(d.Steps, stepJSON{s.name, s.outcome, s.found, s.why, s.next, s.run})
	}
	return d
}

// statusOf is the status that a call told; nil where it told none.
func (x *Examination) statusOf() *migrationlink.Status {
	if x.err != nil || x.link.Status == migrationlink.StatusUnknown {
		return nil
	}
	return &x.link.Status
}

// Examined is one organization of a list, and what was found out about it.
type Examined struct {
	Line int
	*Examination
}

// WriteExamined writes a line for each organization, and under it the steps that failed; or JSON, each organization as doctor.schema.json describes it.
func WriteExamined(w io.Writer, o console.Format, all []Examined) error {
	if o == console.JSON {
		documents := make([]examinedJSON, 0, len(all))
		for _, x := range all {
			d := x.document()
			d.Line = x.Line
			documents = append(documents, d)
		}
		return console.WriteJSON(w, map[string]any{"organizations": documents})
	}
	var b strings.Builder
	works := 0
	for _, x := range all {
		how := "a call fails"
		if x.Result() == nil {
			works++
			how = "a call works, " + console.StatusText(x.link.Status)
		} else if x.err == nil {
			how = "a call works, " + console.StatusText(x.link.Status) + ", but"
		}
		fmt.Fprintf(&b, "line %d  %s  %s\n", x.Line, x.call.Org, how)
		for _, s := range x.steps {
			if s.outcome == failed {
				b.WriteString(indented(s.text([]string{s.name})))
			}
		}
	}
	fmt.Fprintf(&b, "%s  works %s", count.Of(len(all), "organization"), count.Thousands(works))
	if works < len(all) {
		fmt.Fprintf(&b, "  failed %s", count.Thousands(len(all)-works))
	}
	b.WriteString("\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func indented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("  " + line)
	}
	return b.String()
}
