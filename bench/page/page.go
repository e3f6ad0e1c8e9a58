package page

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"
	"text/template"
)

//go:embed page.md.tmpl
var markdown string

// Render writes the page, and the chart that it shows. The prose, which begins with a heading of the second level, becomes the end of the page. The
// error names a sample that is missing; of what is in LeftOut none may be there.
func Render(r Results, prose []byte) (page, chart []byte, err error) {
	if r.Rounds < 1 {
		return nil, nil, fmt.Errorf("page: %d rounds: want 1 at least", r.Rounds)
	}
	all, err := r.compare(comparisons())
	if err != nil {
		return nil, nil, fmt.Errorf("page: %w", err)
	}
	t, err := template.New("page").Parse(markdown)
	if err != nil {
		return nil, nil, fmt.Errorf("page: %w", err)
	}
	var verdicts []verdict
	for _, c := range all {
		verdicts = append(verdicts, c.verdicts()...)
	}
	var b bytes.Buffer
	err = t.Execute(&b, map[string]any{
		"Results": r, "Rounds": rounds(r.Rounds), "Verdicts": verdicts, "Tally": tally(verdicts), "Compared": all, "Prose": strings.TrimSpace(string(prose)),
	})
	if err != nil {
		return nil, nil, fmt.Errorf("page: %w", err)
	}
	chart, err = draw(all)
	if err != nil {
		return nil, nil, fmt.Errorf("page: %w", err)
	}
	return b.Bytes(), chart, nil
}

func rounds(n int) string {
	if n == 1 {
		return "1 round"
	}
	return fmt.Sprint(n, " rounds")
}

// compared is a comparison with what was measured: values by the labels of its sides. A side that was left out has none.
type compared struct {
	comparison
	values map[string][]float64
}

// compare finds the values of every side.
func (r Results) compare(all []comparison) ([]compared, error) {
	result := make([]compared, len(all))
	for i, c := range all {
		result[i] = compared{comparison: c, values: make(map[string][]float64)}
		for _, s := range c.sides {
			if r.leftOut(s.label) != "" {
				continue
			}
			values, err := r.values(s.sample, c.unit)
			if err != nil {
				return nil, err
			}
			if c.perSecond {
				values = inverted(values)
			}
			result[i].values[s.label] = values
		}
		if c.perSecond {
			result[i].unit = perSecond
		}
	}
	return result, nil
}

func inverted(values []float64) []float64 {
	all := make([]float64, len(values))
	for i, v := range values {
		all[i] = 1 / v
	}
	return all
}

// Title of the comparison, for the page.
func (c compared) Title() string { return c.title }

// Median is a row of the page's second table.
type median struct{ Side, Median, Spread string }

// Medians are those of every side that was measured.
func (c compared) Medians() []median {
	var all []median
	for _, s := range c.sides {
		if values := c.values[s.label]; values != nil {
			got := spreadOf(values)
			all = append(all, median{s.label, quantity(got.median, c.unit), quantity(got.least, c.unit) + " to " + quantity(got.greatest, c.unit)})
		}
	}
	return all
}
