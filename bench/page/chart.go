package page

import (
	"bytes"
	_ "embed"
	"html/template"
	"strings"
)

//go:embed chart.svg.tmpl
var svg string

// How the chart is laid out, in pixels.
const (
	labelWidth = 270
	barsWidth  = 500
	rowHeight  = 20
	headHeight = 30
	gap        = 18
)

// panel is one comparison in the chart. Its longest bar, or what has to be reached, fills the width.
type panel struct {
	Y           int
	Title, Note string
	Bars        []bar
	Marks       []float64 // where what has to be reached is
	Height      int       // of the bars
}

type bar struct {
	Y           int
	Label, Text string
	Width       float64
	From, To    float64 // the spread
	Ours        bool
}

// draw makes the chart of all that was compared.
func draw(all []compared) ([]byte, error) {
	t, err := template.New("chart").Funcs(template.FuncMap{"add": func(a, b int) int { return a + b }}).Parse(svg)
	if err != nil {
		return nil, err
	}
	y := 48 // below the legend
	panels := make([]panel, len(all))
	for i, c := range all {
		panels[i] = c.panel(y)
		y += headHeight + panels[i].Height + gap
	}
	var b bytes.Buffer
	err = t.Execute(&b, map[string]any{"Panels": panels, "Height": y, "Left": labelWidth, "Width": labelWidth + barsWidth + 130})
	return b.Bytes(), err
}

func (c compared) panel(y int) panel {
	p := panel{Y: y, Title: c.title, Note: c.note()}
	longest := 0.0
	for _, values := range c.values {
		longest = max(longest, spreadOf(values).greatest)
	}
	var marks []float64
	for _, r := range c.reaches {
		if at, ok := c.mark(r); ok {
			marks = append(marks, at)
			longest = max(longest, at)
		}
	}
	scale := barsWidth / longest
	for _, at := range marks {
		p.Marks = append(p.Marks, at*scale)
	}
	for _, s := range c.sides {
		values := c.values[s.label]
		if values == nil {
			continue
		}
		got := spreadOf(values)
		p.Bars = append(p.Bars, bar{
			Y: len(p.Bars) * rowHeight, Label: s.label, Text: quantity(got.median, c.unit), Ours: s.ours,
			Width: got.median * scale, From: got.least * scale, To: got.greatest * scale,
		})
	}
	p.Height = len(p.Bars) * rowHeight
	return p
}

// mark is where a reach lies on the scale of the panel.
func (c compared) mark(r reach) (float64, bool) {
	if r.beside == "" {
		return r.bound(), true
	}
	theirs := c.values[r.beside]
	if theirs == nil || r.bound() == 0 {
		return 0, false
	}
	return r.bound() * spreadOf(theirs).median, true
}

// note says what has to be reached.
func (c compared) note() string {
	var parts []string
	for _, r := range c.reaches {
		if r.bound() == 0 {
			continue
		}
		text := r.text(c.unit)
		if r.beside != "" {
			text += " " + r.beside
		}
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return "for orientation"
	}
	return "reach " + strings.Join(parts, ", ")
}
