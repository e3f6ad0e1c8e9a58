package checker

import (
	"fmt"
	"strings"
)

// Direction says which side of an exchange a finding is about.
type Direction string

// The two directions of an exchange.
const (
	Request Direction = "request"
	Answer  Direction = "answer"
)

// Place says which part of a request or answer a finding is about.
type Place string

// The parts of a request or an answer.
const (
	Method Place = "method"
	Path   Place = "path"
	Query  Place = "query"
	Header Place = "header"
	Body   Place = "body"
	Status Place = "status"
)

// Finding is one rule of the contract that an exchange breaks, or one advice. It holds no value of the exchange, and no name that the
// contract does not know: those may be credentials.
type Finding struct {
	// Operation is the operationId, or method and path where the contract gives none; empty for a method and path that it does not have.
	Operation string    `json:"operation,omitempty"`
	Direction Direction `json:"direction"`
	// Status is the HTTP status of the answer; 0 in a finding on a request.
	Status int   `json:"status,omitempty"`
	Place  Place `json:"place"`
	// Name of the declared parameter or of the header; empty for others.
	Name string `json:"name,omitempty"`
	// Pointer is the JSON pointer (RFC 6901) into the body, as far as its properties are declared; empty is the whole body.
	Pointer string `json:"pointer,omitempty"`
	// Rule names what is broken: requestBody/mediaType, responses/201/headers/required, schema/enum.
	Rule string `json:"rule"`
	// Decision is the name of the x-decision that the rule rests on; empty where MongoDB's word is behind it, or a standard's.
	Decision string `json:"decision,omitempty"`
	// Problem says it in words that follow the place.
	Problem string `json:"problem"`
}

// Keyword is the last part of the rule: enum, required, mediaType.
func (f Finding) Keyword() string { return f.Rule[strings.LastIndexByte(f.Rule, '/')+1:] }

// String is the finding as one line: connect, answer 201, header Vary: required, missing [responses/201/headers/required]. A rule that rests on
// a decision says so: [answer/responses/200, our decision connect-created].
func (f Finding) String() string {
	operation := f.Operation
	if operation == "" {
		operation = "no operation"
	}
	direction := string(f.Direction)
	if f.Status != 0 {
		direction = fmt.Sprintf("%s %d", f.Direction, f.Status)
	}
	return operation + ", " + direction + ", " + f.Short()
}

// Short is the finding without its operation and direction: header Vary: required, missing [responses/201/headers/required].
func (f Finding) Short() string {
	place := string(f.Place)
	if f.Name != "" {
		place += " " + f.Name
	}
	if f.Pointer != "" {
		place += " " + f.Pointer
	}
	rule := f.Rule
	if f.Decision != "" {
		rule += ", our decision " + f.Decision
	}
	return fmt.Sprintf("%s: %s [%s]", place, f.Problem, rule)
}

// Verdict is what the checker says of an exchange.
type Verdict struct {
	// Operation is the operationId; empty where the contract has none for the method and path.
	Operation string
	// Findings are the rules that were broken; none means that the contract was kept.
	Findings []Finding
	// Advice is what keeps the contract and is better done otherwise. It never makes an exchange wrong.
	Advice []Finding
}

// Kept reports whether the contract was kept.
func (v Verdict) Kept() bool { return len(v.Findings) == 0 }
