// Package coverage tells what a run has exercised of a contract: operation × status × media type × parameter × security scheme, which of
// its rules a request has broken, and what was seen that nobody declares.
//
// The contract is the source of the cells, whichever OpenAPI 3.0 document it is; nothing is listed by hand. Only what the contract
// declares has a name here: of anything else there is a number.
package coverage

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/migrationlink/migrationlink/checker"
)

// Coverage counts. It is safe for concurrent use.
type Coverage struct {
	checker    *checker.Checker
	operations map[string]checker.Operation
	cells      []Cell
	// answers is how many rules an answer can break.
	answers int
	excuses map[Cell]string

	mu         sync.Mutex
	seen       map[Cell]int
	broken     map[brokenBy]bool
	undeclared Undeclared
}

// brokenBy is a rule that an answer of an operation broke.
type brokenBy struct {
	operation  string
	constraint checker.Constraint
}

// Undeclared is how often something was seen that the contract does not have: never what.
type Undeclared struct {
	Paths             int `json:"paths"`
	Methods           int `json:"methods"`
	QueryParameters   int `json:"queryParameters"`
	Schemes           int `json:"schemes"`
	RequestMediaTypes int `json:"requestMediaTypes"`
	Statuses          int `json:"statuses"`
	AnswerMediaTypes  int `json:"answerMediaTypes"`
}

// New counts by the contract of a checker. Cells that cannot be reached have an excuse; the zero Excuses excuse none. The error says
// which line of the excuses is wrong, and what would be right.
func New(c *checker.Checker, excuses Excuses) (*Coverage, error) {
	operations := c.Operations()
	coverage := &Coverage{
		checker: c, operations: make(map[string]checker.Operation), cells: declared(operations),
		seen: make(map[Cell]int), broken: make(map[brokenBy]bool),
	}
	for _, op := range operations {
		coverage.operations[op.ID] = op
		for _, constraint := range op.Constraints {
			if constraint.Direction == checker.Answer {
				coverage.answers++
			}
		}
	}
	var err error
	coverage.excuses, err = excuses.apply(coverage.cells)
	return coverage, err
}

// Add counts one exchange, on which the same checker gave the verdict. It keeps nothing of the exchange.
func (c *Coverage) Add(e checker.Exchange, v checker.Verdict) {
	target, err := url.ParseRequestURI(e.Target)
	path := ""
	if err == nil {
		path = c.checker.Path(target.EscapedPath())
	}
	op, known := c.operations[v.Operation]

	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case known:
		c.seen[Cell{Kind: Operation, Operation: op.ID}]++
		c.request(op, target, e, v)
		if judged(v) {
			c.answer(op, e)
		}
		c.constraints(op, v)
	case path == "":
		c.undeclared.Paths++
	case e.Method != http.MethodOptions: // which every path answers
		c.undeclared.Methods++
		c.otherMethod(path, e)
	}
}

// judged reports whether the answer counts as one of the operation. One that does not has the advice not-judged
// on its status.
func judged(v checker.Verdict) bool {
	return !slices.ContainsFunc(v.Advice, func(f checker.Finding) bool {
		return f.Direction == checker.Answer && f.Place == checker.Status && f.Rule == checker.NotJudged
	})
}

// request counts how it was signed in, the media type, and each parameter.
func (c *Coverage) request(op checker.Operation, target *url.URL, e checker.Exchange, v checker.Verdict) {
	if scheme, declared := schemeOf(op, e); declared {
		c.seen[Cell{Kind: Security, Operation: op.ID, Scheme: scheme}]++
	} else {
		c.undeclared.Schemes++
	}
	if hasContent := len(e.RequestBody) > 0 || e.RequestLength > 0; hasContent && len(op.MediaTypes) > 0 {
		if mediaType, declared := mediaTypeOf(e.RequestHeader, op.MediaTypes); declared {
			c.seen[Cell{Kind: Request, Operation: op.ID, MediaType: mediaType}]++
		} else {
			c.undeclared.RequestMediaTypes++
		}
	}
	for _, p := range op.Parameters {
		if state := stateOf(p, target, e, v); state != "" {
			c.seen[Cell{Kind: Parameter, Operation: op.ID, Place: p.In, Name: p.Name, State: state}]++
		}
	}
}

// answer counts the status, and the media type where there is content.
func (c *Coverage) answer(op checker.Operation, e checker.Exchange) {
	if e.Status == 0 {
		return // none came
	}
	status := op.DeclaredStatus(e.Status)
	if status == "" {
		c.undeclared.Statuses++
		return
	}
	cell := at(op, status)
	cell.Kind = Status
	c.seen[cell]++
	cell.Kind = Scheme
	if scheme, declared := schemeOf(op, e); status == methodNotAllowed {
		cell.Scheme = AnyScheme
		c.seen[cell]++
	} else if declared {
		cell.Scheme = scheme
		c.seen[cell]++
	}
	cell.Scheme = ""
	c.answerMediaType(cell, op, status, e)
}

func (c *Coverage) answerMediaType(cell Cell, op checker.Operation, status string, e checker.Exchange) {
	i := slices.IndexFunc(op.Responses, func(r checker.Response) bool { return r.Status == status })
	mediaTypes := op.Responses[i].MediaTypes
	if len(e.ResponseBody) == 0 || len(mediaTypes) == 0 {
		return
	}
	mediaType, declared := mediaTypeOf(e.ResponseHeader, mediaTypes)
	if !declared {
		c.undeclared.AnswerMediaTypes++
		return
	}
	cell.Kind, cell.MediaType = Answer, mediaType
	c.seen[cell]++
}

// otherMethod counts the answer to a method that the path does not have, where one of its operations tells what it is.
func (c *Coverage) otherMethod(path string, e checker.Exchange) {
	if e.Status != http.StatusMethodNotAllowed {
		return
	}
	for _, op := range c.operations {
		if op.Path == path && op.DeclaredStatus(e.Status) == methodNotAllowed {
			c.answer(op, e)
			return
		}
	}
}

func (c *Coverage) constraints(op checker.Operation, v checker.Verdict) {
	for _, f := range v.Findings {
		if f.Rule == "parameters/undeclared" {
			c.undeclared.QueryParameters++
		}
		broken, ok := op.ConstraintOn(f)
		switch {
		case !ok: // an undeclared status or the like, counted elsewhere
		case f.Direction == checker.Request:
			c.seen[constraintCell(op, broken)]++
		default:
			c.broken[brokenBy{op.ID, broken}] = true
		}
	}
}

// schemeOf is how the request was signed in; declared is false for a scheme that is not the operation's, and for more than one.
func schemeOf(op checker.Operation, e checker.Exchange) (scheme string, declared bool) {
	given := values(e.RequestHeader, "Authorization")
	if len(given) == 0 {
		return Unsigned, true
	}
	word, _, _ := strings.Cut(strings.TrimLeft(given[0], " \t"), " ")
	i := slices.IndexFunc(op.Schemes, func(s string) bool { return strings.EqualFold(s, word) })
	if i < 0 || len(given) > 1 {
		return "", false
	}
	return op.Schemes[i], true
}

// values of a header, whose name a recording may spell in any letter case (RFC 9110 section 5.1).
func values(h http.Header, name string) []string {
	var all []string
	for given, values := range h {
		if strings.EqualFold(given, name) {
			all = append(all, values...)
		}
	}
	return all
}

func mediaTypeOf(header http.Header, among []string) (mediaType string, declared bool) {
	given := values(header, "Content-Type")
	if len(given) != 1 {
		return "", false
	}
	mediaType, _, err := mime.ParseMediaType(given[0])
	return mediaType, err == nil && slices.Contains(among, mediaType)
}

// stateOf a parameter; empty where it cannot be told.
func stateOf(p checker.Parameter, target *url.URL, e checker.Exchange, v checker.Verdict) string {
	present := true
	switch p.In {
	case checker.Query:
		query, err := url.ParseQuery(target.RawQuery)
		if err != nil {
			return ""
		}
		present = query.Has(p.Name)
	case checker.Header:
		present = len(values(e.RequestHeader, p.Name)) > 0
	case checker.Path:
	default: // a cookie
		_, err := (&http.Request{Header: http.Header{"Cookie": values(e.RequestHeader, "Cookie")}}).Cookie(p.Name)
		present = err == nil
	}
	wrong := func(f checker.Finding) bool {
		return f.Direction == checker.Request && f.Place == p.In && f.Name == p.Name
	}
	switch {
	case !present:
		return Absent
	case slices.ContainsFunc(v.Findings, wrong):
		return Invalid
	default:
		return Valid
	}
}

// Result is what was counted so far.
func (c *Coverage) Result() Result {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := Result{
		Undeclared: c.undeclared, AnswerConstraints: AnswerConstraints{Declared: c.answers, Broken: len(c.broken)},
	}
	for _, cell := range c.cells {
		r.Cells = append(r.Cells, Tally{ID: cell.String(), Cell: cell, Seen: c.seen[cell], Excuse: c.excuses[cell]})
	}
	return r
}
