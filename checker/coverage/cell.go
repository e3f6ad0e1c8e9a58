package coverage

import (
	"strings"

	"github.com/migrationlink/migrationlink/checker"
)

// Kind says what a cell is a product of.
type Kind string

// The kinds of cells, in the order of a report.
const (
	// Operation is an operation that was called.
	Operation Kind = "operation"
	// Status is operation × declared status.
	Status Kind = "status"
	// Scheme is operation × declared status × how the request was signed in; what a threshold is measured by.
	Scheme Kind = "scheme"
	// Security is operation × how the request was signed in.
	Security Kind = "security"
	// Request is operation × media type of the request.
	Request Kind = "request"
	// Answer is operation × declared status × media type of the answer.
	Answer Kind = "answer"
	// Parameter is operation × parameter × absent, valid or invalid.
	Parameter Kind = "parameter"
	// Constraint is a rule of the contract that a request can break. Seen is how often one did.
	Constraint Kind = "constraint"
)

// Kinds are all kinds, in the order of a report.
func Kinds() []Kind {
	return []Kind{Operation, Status, Scheme, Security, Request, Answer, Parameter, Constraint}
}

// What stands for a scheme in a cell where no scheme signed in, and where it does not matter.
const (
	Unsigned  = "unsigned"
	AnyScheme = "any"
)

// The states of a parameter.
const (
	Absent  = "absent"
	Valid   = "valid"
	Invalid = "invalid"
)

// Cell is one thing that a run can exercise. Those fields are empty that its kind does not have.
type Cell struct {
	Kind Kind `json:"kind"`
	// Operation is the operationId; empty in the 405 of a path, which has no operation for the method.
	Operation string `json:"operation,omitempty"`
	// Path is the template of a path, in its 405 alone: each of its operations declares it, and none can answer it.
	Path string `json:"path,omitempty"`
	// Status as the contract writes it: 201, 4XX, default.
	Status    string        `json:"status,omitempty"`
	Scheme    string        `json:"scheme,omitempty"`
	MediaType string        `json:"mediaType,omitempty"`
	Place     checker.Place `json:"place,omitempty"`
	Name      string        `json:"name,omitempty"`
	// State of a parameter: absent, valid, invalid.
	State   string `json:"state,omitempty"`
	Pointer string `json:"pointer,omitempty"`
	Rule    string `json:"rule,omitempty"`
}

// String names the cell as an excuse does, in words: status connect 402; constraint connect body /linkToken schema/minLength.
func (c Cell) String() string {
	words := make([]string, 0, 8)
	for _, word := range []string{
		string(c.Kind), c.Operation, c.Path, c.Status, c.Scheme, c.MediaType, string(c.Place), c.Name, c.State, c.Pointer, c.Rule,
	} {
		if word != "" {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}

// declared are the cells of a contract by kind, and in each kind in the order of its operations.
func declared(operations []checker.Operation) []Cell {
	var all []Cell
	known := make(map[Cell]bool)
	add := func(c Cell) {
		if !known[c] { // the 405 of a path comes from each of its operations
			known[c] = true
			all = append(all, c)
		}
	}
	for _, kind := range Kinds() {
		for _, op := range operations {
			for _, cell := range cellsOf[kind](op) {
				cell.Kind = kind
				add(cell)
			}
		}
	}
	return all
}

// cellsOf an operation, for each kind.
var cellsOf = map[Kind]func(checker.Operation) []Cell{
	Operation:  func(op checker.Operation) []Cell { return []Cell{{Operation: op.ID}} },
	Status:     statusCells,
	Scheme:     schemeCells,
	Security:   securityCells,
	Request:    requestCells,
	Answer:     answerCells,
	Parameter:  parameterCells,
	Constraint: constraintCells,
}

const methodNotAllowed = "405"

// at is where an answer with a status is counted: at the operation, or at the path.
func at(op checker.Operation, status string) Cell {
	if status == methodNotAllowed {
		return Cell{Path: op.Path, Status: status}
	}
	return Cell{Operation: op.ID, Status: status}
}

func statusCells(op checker.Operation) []Cell {
	var cells []Cell
	for _, r := range op.Responses {
		cells = append(cells, at(op, r.Status))
	}
	return cells
}

// schemeCells has a request without credentials where it may be answered so: everywhere if signing in is optional, else with
// the statuses that can come before it.
func schemeCells(op checker.Operation) []Cell {
	var cells []Cell
	for _, r := range op.Responses {
		cell := at(op, r.Status)
		if r.Status == methodNotAllowed {
			cell.Scheme = AnyScheme
			cells = append(cells, cell)
			continue
		}
		for _, scheme := range op.Schemes {
			cell.Scheme = scheme
			cells = append(cells, cell)
		}
		if r.BeforeSignIn || !op.MustSignIn {
			cell.Scheme = Unsigned
			cells = append(cells, cell)
		}
	}
	return cells
}

func securityCells(op checker.Operation) []Cell {
	var cells []Cell
	for _, scheme := range op.Schemes {
		cells = append(cells, Cell{Operation: op.ID, Scheme: scheme})
	}
	return append(cells, Cell{Operation: op.ID, Scheme: Unsigned})
}

func requestCells(op checker.Operation) []Cell {
	var cells []Cell
	for _, mediaType := range op.MediaTypes {
		cells = append(cells, Cell{Operation: op.ID, MediaType: mediaType})
	}
	return cells
}

func answerCells(op checker.Operation) []Cell {
	var cells []Cell
	for _, r := range op.Responses {
		for _, mediaType := range r.MediaTypes {
			cell := at(op, r.Status)
			cell.MediaType = mediaType
			cells = append(cells, cell)
		}
	}
	return cells
}

// parameterCells leave out what cannot be: a path without its parameter, and a wrong value where the contract takes any.
func parameterCells(op checker.Operation) []Cell {
	var cells []Cell
	for _, p := range op.Parameters {
		cell := Cell{Operation: op.ID, Place: p.In, Name: p.Name}
		for _, state := range []string{Absent, Valid, Invalid} {
			if state == Absent && p.In == checker.Path || state == Invalid && !canBeInvalid(op, p) {
				continue
			}
			cell.State = state
			cells = append(cells, cell)
		}
	}
	return cells
}

func canBeInvalid(op checker.Operation, p checker.Parameter) bool {
	for _, c := range op.Constraints {
		if c.Direction == checker.Request && c.Place == p.In && c.Name == p.Name && c.Rule != "parameters/required" {
			return true
		}
	}
	return false
}

func constraintCells(op checker.Operation) []Cell {
	var cells []Cell
	for _, c := range op.Constraints {
		if c.Direction == checker.Request {
			cells = append(cells, constraintCell(op, c))
		}
	}
	return cells
}

func constraintCell(op checker.Operation, c checker.Constraint) Cell {
	return Cell{Kind: Constraint, Operation: op.ID, Place: c.Place, Name: c.Name, Pointer: c.Pointer, Rule: c.Rule}
}
