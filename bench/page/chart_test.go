package page_test

import (
	"encoding/xml"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/bench/page"
)

// drawn is what of the chart the tests look at.
type drawn struct {
	Panels []drawnPanel `xml:"g"`
}

type drawnPanel struct {
	Title string `xml:"text"`
	Bars  struct {
		Labels []string `xml:"text"`
		Rects  []struct {
			Width float64 `xml:"width,attr"`
			Fill  string  `xml:"fill,attr"`
		} `xml:"rect"`
		Lines []struct {
			X1     float64 `xml:"x1,attr"`
			X2     float64 `xml:"x2,attr"`
			Stroke string  `xml:"stroke,attr"`
		} `xml:"line"`
	} `xml:"g"`
}

// panel is the one with a title.
func panel(t *testing.T, r page.Results, title string) drawnPanel {
	t.Helper()
	_, chart, err := page.Render(r, []byte(prose))
	require.NoError(t, err)
	var d drawn
	require.NoError(t, xml.Unmarshal(chart, &d))
	for _, p := range d.Panels {
		if p.Title == title {
			return p
		}
	}
	t.Fatalf("no panel %q", title)
	return drawnPanel{}
}

const (
	blue = "#1d4ed8"
	grey = "#9ca3af"
	red  = "#dc2626"
)

func TestBarsAreAsLongAsWhatWasMeasured(t *testing.T) {
	t.Parallel()
	p := panel(t, figures(t, measured("tcp.connect/side=prism", "req/s", 1000, 2000, 3000)), "Stand-in over TCP: connect")
	assert.Equal(t, []string{
		"stand-in", "migrationlink serve, with its log", "bare handler", "generated strict handler alone", "kin-openapi chained, no sign-in", "Prism 5.14.2",
		"20,100/s", "17,000/s", "40,000/s", "30,000/s", "15,000/s", "2,000/s",
	}, p.Bars.Labels)
	var widths, fills []string
	for _, r := range p.Bars.Rects {
		widths = append(widths, strconv.FormatFloat(r.Width, 'f', 1, 64))
		fills = append(fills, r.Fill)
	}
	// The greatest value, 41,000, is 500 wide.
	assert.Equal(t, []string{"245.1", "207.3", "487.8", "365.9", "182.9", "24.4"}, widths)
	assert.Equal(t, []string{blue, blue, grey, grey, grey, grey}, fills)
	var spreads, marks []string
	for _, l := range p.Bars.Lines {
		text := strconv.FormatFloat(l.X1, 'f', 1, 64) + "-" + strconv.FormatFloat(l.X2, 'f', 1, 64)
		if l.Stroke == red {
			marks = append(marks, text)
			continue
		}
		spreads = append(spreads, text)
	}
	assert.Equal(t, "12.2-36.6", spreads[5])
	assert.Len(t, spreads, 6)
	assert.Equal(t, []string{"243.9-243.9", "243.9-243.9"}, marks, "half of the bare handler, and ten times Prism: 20,000 both")
}

// What has to be reached fits into the panel, however far away it is.
func TestWhatHasToBeReachedIsInThePanel(t *testing.T) {
	t.Parallel()
	p := panel(t, figures(t), "Whole suite: time")
	require.Len(t, p.Bars.Lines, 2)
	assert.InDelta(t, 500, p.Bars.Lines[1].X1, 0.05)
	assert.InDelta(t, 500*0.65/3, p.Bars.Rects[0].Width, 0.05)
}

func TestTheChartLeavesOutWhatWasLeftOut(t *testing.T) {
	t.Parallel()
	p := panel(t, figures(t, without(page.Prism, "There is no Node on this machine.", "side=prism")), "Start of the process to the first response")
	assert.Equal(t, []string{"migrationlink serve", "20.1 ms"}, p.Bars.Labels)
	assert.Len(t, p.Bars.Lines, 1, "nothing to be reached")
}

// Labels are text, whatever is in them.
func TestTheChartEscapes(t *testing.T) {
	t.Parallel()
	_, chart, err := page.Render(figures(t), []byte(prose))
	require.NoError(t, err)
	assert.Contains(t, string(chart), "kin-openapi&#39;s two calls")
	assert.False(t, strings.Contains(string(chart), "ZgotmplZ"))
}
