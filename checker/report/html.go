package report

import (
	_ "embed" // the template
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/migrationlink/migrationlink/checker/coverage"
	"github.com/migrationlink/migrationlink/internal/count"
)

//go:embed report.html.tmpl
var source string

var page = template.Must(template.New("report").Funcs(template.FuncMap{
	"thousands": count.Thousands, "percent": coverage.Percent,
	// A path may break after each slash.
	"segments": func(path string) []string { return strings.SplitAfter(path, "/") },
}).Parse(source))

// HTML writes the report as one page, which fetches nothing and runs no script.
func (r Report) HTML(w io.Writer) error { return page.Execute(w, r.view()) }

// view is the report as tables. Each cell of the coverage is in exactly one of them.
type view struct {
	Report
	Headline   string
	Uncovered  int
	Sums       []sumRow
	Answers    table
	Parameters table
	Constraint table
	MediaTypes table
	Excuses    []excuseRow
	Undeclared []undeclaredRow
}

type table struct {
	Columns []string
	Groups  []group
}

type group struct{ Rows []row }

type row struct {
	// Head is what the row is about; Of tells more of it: the parameter of an operation, the path of a 405.
	Head, Of string
	// Sub is a row that details the one above it.
	Sub   bool
	Cells []square
}

// square is one place of a table.
type square struct {
	// Name of the cell; empty where the contract has none.
	Name   string
	Seen   int
	Excuse string
	Broken bool
}

// Class is how the square looks: seen, missed, excused, broken, none.
func (s square) Class() string {
	switch {
	case s.Name == "":
		return "none"
	case s.Broken:
		return "broken"
	case s.Seen > 0:
		return "seen"
	case s.Excuse != "":
		return "excused"
	default:
		return "missed"
	}
}

// Sign says the same without a colour.
func (s square) Sign() string {
	return map[string]string{"seen": "✓", "missed": "○", "excused": "–", "broken": "✗"}[s.Class()]
}

// Words say it to those who see neither.
func (s square) Words() string {
	return map[string]string{"seen": "seen", "missed": "not seen", "excused": "excused", "broken": "contract broken, seen"}[s.Class()]
}

type sumRow struct {
	What, Of string
	coverage.Sum
}

// Missing is what was neither seen nor excused.
func (s sumRow) Missing() int { return s.Declared - s.Seen - s.Excused }

type excuseRow struct {
	Reason string
	Cells  []string
}

type undeclaredRow struct {
	What  string
	Count int
}

var kindWords = map[coverage.Kind]string{
	coverage.Operation:  "Operations",
	coverage.Status:     "Operation × status",
	coverage.Scheme:     "Operation × status × security scheme",
	coverage.Security:   "Operation × security scheme",
	coverage.Request:    "Operation × media type of the request",
	coverage.Answer:     "Operation × status × media type of the answer",
	coverage.Parameter:  "Parameter × absent, valid, invalid",
	coverage.Constraint: "Rules that a request can break, broken",
}

func (r Report) view() view {
	v := view{Report: r, Headline: r.Outcomes(), Answers: r.answers(), Parameters: r.parameters(), Constraint: r.constraints(), MediaTypes: r.mediaTypes(), Excuses: r.excuses()}
	switch {
	case r.nothing():
		v.Headline = "Nothing was judged"
	case !r.Passed:
		v.Headline = r.failures()
	}
	for _, sum := range r.Coverage.Sums {
		v.Sums = append(v.Sums, sumRow{What: kindWords[sum.Kind], Sum: sum})
	}
	u := r.Coverage.Undeclared
	v.Undeclared = []undeclaredRow{
		{"Paths", u.Paths},
		{"Methods", u.Methods},
		{"Query parameters", u.QueryParameters},
		{"Schemes in Authorization", u.Schemes},
		{"Media types of requests", u.RequestMediaTypes},
		{"Statuses", u.Statuses},
		{"Media types of answers", u.AnswerMediaTypes},
	}
	return v
}

func squareOf(t coverage.Tally) square { return square{Name: t.ID, Seen: t.Seen, Excuse: t.Excuse} }

// grid arranges the cells of some kinds: a row for each key, a column for each word, in the order in which they come.
type grid struct {
	columns []string
	rows    []*gridRow
}

type gridRow struct {
	group, head, of string
	sub             bool
	squares         map[string]square
}

func (g *grid) put(group, head, of string, sub bool, column string, s square) {
	if !slices.Contains(g.columns, column) {
		g.columns = append(g.columns, column)
	}
	i := slices.IndexFunc(g.rows, func(r *gridRow) bool { return r.group == group && r.head == head && r.of == of })
	if i < 0 {
		i = len(g.rows)
		g.rows = append(g.rows, &gridRow{group: group, head: head, of: of, sub: sub, squares: make(map[string]square)})
	}
	g.rows[i].squares[column] = s
}

// table puts rows of one group together, in the order of the groups.
func (g *grid) table() table {
	t := table{Columns: g.columns}
	var order []string
	groups := make(map[string]*group)
	for _, r := range g.rows {
		if groups[r.group] == nil {
			groups[r.group] = &group{}
			order = append(order, r.group)
		}
		out := row{Head: r.head, Of: r.of, Sub: r.sub}
		for _, column := range g.columns {
			out.Cells = append(out.Cells, r.squares[column])
		}
		groups[r.group].Rows = append(groups[r.group].Rows, out)
	}
	for _, name := range order {
		t.Groups = append(t.Groups, *groups[name])
	}
	return t
}

const (
	anyAnswer    = "all"
	otherMethods = "other methods"
)

// answers is the grid of operation × status, and below each operation its security schemes.
func (r Report) answers() table {
	g := r.byStatus(anyAnswer)
	for _, t := range r.Coverage.Cells {
		name, s := t.Operation, squareOf(t)
		if t.Path != "" {
			name = otherMethods
		}
		switch t.Kind {
		case coverage.Operation:
			g.put(t.Operation, name, "", false, anyAnswer, s)
		case coverage.Status:
			s.Broken = t.Seen > 0 && slices.ContainsFunc(r.failing(), func(f Finding) bool {
				return f.Operation == t.Operation && f.Operation != "" && strconv.Itoa(f.Status) == t.Status
			})
			g.put(t.Operation+t.Path, name, t.Path, false, t.Status, s)
		case coverage.Security:
			g.put(t.Operation, t.Scheme, "", true, anyAnswer, s)
		case coverage.Scheme:
			g.put(t.Operation+t.Path, schemeWords(t.Scheme), "", true, t.Status, s)
		}
	}
	return g.table()
}

// byStatus is a grid with a column for each status, behind another one.
func (r Report) byStatus(first string) *grid {
	g := &grid{columns: []string{first}}
	for _, t := range r.Coverage.Cells {
		if t.Kind == coverage.Status && !slices.Contains(g.columns, t.Status) {
			g.columns = append(g.columns, t.Status)
		}
	}
	slices.Sort(g.columns[1:]) // 4XX and default stand behind the numbers
	return g
}

// mediaTypes has a row for each operation and media type.
func (r Report) mediaTypes() table {
	const request = "request"
	g := r.byStatus(request)
	for _, t := range r.Coverage.Cells {
		switch {
		case t.Kind == coverage.Request:
			g.put(t.Operation, t.Operation, t.MediaType, false, request, squareOf(t))
		case t.Kind == coverage.Answer && t.Path == "":
			g.put(t.Operation, t.Operation, t.MediaType, false, t.Status, squareOf(t))
		case t.Kind == coverage.Answer:
			g.put(t.Path, otherMethods+" of "+t.Path, t.MediaType, false, t.Status, squareOf(t))
		}
	}
	return g.table()
}

func schemeWords(scheme string) string {
	if scheme == coverage.AnyScheme {
		return "signed in or not"
	}
	return scheme
}

func (r Report) parameters() table {
	g := &grid{columns: []string{coverage.Absent, coverage.Valid, coverage.Invalid}}
	for _, t := range r.Coverage.Cells {
		if t.Kind == coverage.Parameter {
			g.put(t.Operation, t.Operation, string(t.Place)+" "+t.Name, false, t.State, squareOf(t))
		}
	}
	return g.table()
}

// constraints has a row for each rule and place, and a column for each operation.
func (r Report) constraints() table {
	g := &grid{}
	for _, t := range r.Coverage.Cells {
		if t.Kind == coverage.Constraint {
			where := strings.Join(slices.DeleteFunc([]string{string(t.Place), t.Name, t.Pointer}, func(s string) bool { return s == "" }), " ")
			g.put(string(t.Place), where, t.Rule, false, t.Operation, squareOf(t))
		}
	}
	return g.table()
}

// excuses are grouped by their reasons.
func (r Report) excuses() []excuseRow {
	var rows []excuseRow
	for _, t := range r.Coverage.Cells {
		if t.Excuse == "" {
			continue
		}
		i := slices.IndexFunc(rows, func(e excuseRow) bool { return e.Reason == t.Excuse })
		if i < 0 {
			i = len(rows)
			rows = append(rows, excuseRow{Reason: t.Excuse})
		}
		rows[i].Cells = append(rows[i].Cells, t.ID)
	}
	return rows
}

// What the templates of the page take.
type (
	findingList struct {
		List []Finding
		// Mild is what a finding is called that does not fail.
		Mild string
	}
	labelledGrid struct {
		Label, First, Second string
		Table                table
	}
)

// FindingList is the table of findings.
func (v view) FindingList() findingList { return findingList{v.Findings, "our decision"} }

// AdviceList is the table of advice.
func (v view) AdviceList() findingList { return findingList{v.Advice, "advice"} }

// AnswerGrid is operation × status, with the security schemes.
func (v view) AnswerGrid() labelledGrid {
	return labelledGrid{"Operations, statuses, security schemes", "Operation", "", v.Answers}
}

// ParameterGrid is parameter × absent, valid, invalid.
func (v view) ParameterGrid() labelledGrid {
	return labelledGrid{"Parameters", "Operation", "Parameter", v.Parameters}
}

// ConstraintGrid is rule × operation.
func (v view) ConstraintGrid() labelledGrid {
	return labelledGrid{"Rules that a request can break", "Place", "Rule", v.Constraint}
}

// MediaTypeGrid is operation × media type × request or status.
func (v view) MediaTypeGrid() labelledGrid {
	return labelledGrid{"Media types", "Operation", "Media type", v.MediaTypes}
}

// FailedCases are the cases of a suite that the run failed for.
func (v view) FailedCases() []Case {
	return slices.DeleteFunc(slices.Clone(v.Cases), func(c Case) bool { return !c.Fails })
}
