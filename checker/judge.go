package checker

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"github.com/migrationlink/migrationlink/internal/proof"
	"github.com/migrationlink/migrationlink/internal/spelling"
	"github.com/migrationlink/migrationlink/internal/strictjson"
	"github.com/migrationlink/migrationlink/internal/timestamp"
)

// judge collects what is found in one direction of one exchange.
type judge struct {
	contract  *contract
	exchange  Exchange
	direction Direction
	verdict   Verdict
	thorough  bool
	// unproved: there was something that only kin-openapi can judge.
	unproved bool
	// beyondKin: there is something valid that kin-openapi refuses, so it is not asked about the whole.
	beyondKin bool
}

// parse reads the body. Nobody convicts what is nested deeper than [strictjson.MaxDepth]: RFC 8259 section 9 lets readers have a limit, and gives
// writers none.
func (j *judge) parse(body []byte) (any, error) {
	value, deep, err := strictjson.Parse(body)
	if deep {
		j.beyondKin = true
		j.advise(Body, NotJudged, fmt.Sprintf("is nested deeper than %d levels; what is below is not judged", strictjson.MaxDepth))
	}
	return value, err
}

func (c *Checker) judge(e Exchange, direction Direction) *judge {
	return &judge{contract: c.contract, exchange: e.canonical(), direction: direction, thorough: c.thorough}
}

// proves reports whether a value certainly keeps a schema, by its proof. If not, kin-openapi is asked.
func (j *judge) proves(schema *openapi3.Schema, keeps func(*proof.Proof) bool) bool {
	p := j.contract.proofs[j.direction].Of(schema)
	proved := !j.thorough && p != nil && keeps(p)
	j.unproved = j.unproved || !proved
	return proved
}

// maxFindings bounds what one body costs to judge: each of its values can break a rule.
const maxFindings = 100

func (j *judge) find(place Place, name, pointer, rule, problem string) {
	j.verdict.Findings = append(j.verdict.Findings, j.finding(place, name, pointer, rule, problem))
}

func (j *judge) advise(place Place, rule, advice string) {
	j.verdict.Advice = append(j.verdict.Advice, j.finding(place, "", "", rule, advice))
}

func (j *judge) finding(place Place, name, pointer, rule, problem string, schemas ...*openapi3.Schema) Finding {
	f := Finding{
		Operation: j.verdict.Operation, Direction: j.direction, Place: place, Name: name, Pointer: pointer, Rule: rule, Problem: problem,
	}
	if j.direction == Answer {
		f.Status = j.exchange.Status
	}
	f.Decision = j.contract.decisionOn(f, schemas...)
	return f
}

// schema judges a value by a schema of the contract: kin-openapi finds, this layer says it without the value.
func (j *judge) schema(place Place, name string, schema *openapi3.Schema, value any) {
	direction := openapi3.VisitAsRequest()
	if j.direction == Answer {
		direction = openapi3.VisitAsResponse()
	}
	err := schema.VisitJSON(value, append(validation(), direction, openapi3.MultiErrors())...)
	undeclared := make(map[string]bool)
	listed := 0
	for _, e := range schemaErrors(err) {
		if isQuirk(e) {
			j.beyondKin = true
			continue
		}
		if at := strings.Join(e.JSONPointer(), "/"); keyword(e) == "additionalProperties" {
			if undeclared[at] {
				continue // one finding for an object: they all say the same
			}
			undeclared[at] = true
		}
		if listed++; listed > maxFindings {
			j.find(place, name, "", "schema", "breaks the schema in more places than are listed")
			return
		}
		problem := sentence(e)
		if s, isString := valueAt(value, e.JSONPointer()).(string); isString && s == "" && keyword(e) != "additionalProperties" {
			problem = "is empty"
		}
		if keyword(e) == "additionalProperties" {
			problem += suggestion(e.Schema, valueAt(value, e.JSONPointer()))
		}
		pointer, schemas := declaredPointer(schema, e.JSONPointer())
		j.verdict.Findings = append(j.verdict.Findings, j.finding(place, name, pointer, "schema/"+keyword(e), problem, schemas...))
	}
}

// validation is how kin-openapi judges values here.
func validation() []openapi3.SchemaValidationOption {
	return []openapi3.SchemaValidationOption{
		openapi3.DisableSchemaErrorDetails(), openapi3.EnableFormatValidation(), openapi3.WithStringFormatValidator("date-time", timestamp.Format),
	}
}

// kinInput is the exchange's request as kin-openapi wants it. It is a copy: kin replaces bodies and writes defaults into queries.
func (j *judge) kinInput(op *operation, target *url.URL) *openapi3filter.RequestValidationInput {
	body := j.exchange.RequestBody
	return &openapi3filter.RequestValidationInput{
		Request: &http.Request{
			Method: j.exchange.Method, URL: target, Header: kinHeader(j.exchange.RequestHeader),
			Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		},
		PathParams: op.pathValues(target),
		Route:      op.route,
		Options: &openapi3filter.Options{
			AuthenticationFunc:                openapi3filter.NoopAuthenticationFunc,
			IncludeResponseStatus:             true,
			RejectWhenRequestBodyNotSpecified: true,
			SkipSettingDefaults:               true,
			SchemaValidationOptions:           validation(),
		},
	}
}

// kinHeader is a copy, with a Content-Type that Go's parser reads.
func kinHeader(header http.Header) http.Header {
	header = header.Clone()
	for i, value := range header.Values("Content-Type") {
		header["Content-Type"][i] = withoutEmptyParameters(value)
	}
	return header
}

// kinError reports what kin-openapi refuses and the strict layer did not see. Its text is left out: it may hold names that the sender chose.
func (j *judge) kinError(err error) {
	place, name := Body, ""
	var request *openapi3filter.RequestError
	if errors.As(err, &request) && request.Parameter != nil {
		place, name = Place(request.Parameter.In), request.Parameter.Name
	}
	var schema *openapi3.SchemaError
	var parse *openapi3filter.ParseError
	switch {
	case errors.Is(err, openapi3filter.ErrInvalidRequired) && request != nil && request.Parameter != nil:
		j.find(place, name, "", "parameters/required", "required, missing")
	case errors.As(err, &schema):
		j.find(place, name, "", "schema/"+keyword(schema), sentence(schema))
	case errors.As(err, &parse) && request != nil && request.Parameter != nil:
		j.find(place, name, "", "parameters/type", "is no "+strings.Join(request.Parameter.Schema.Value.Type.Slice(), " or "))
	default:
		j.find(place, name, "", "openapi", "is not what the contract says")
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := slices.AppendSeq(make([]string, 0, len(m)), maps.Keys(m))
	slices.Sort(keys)
	return keys
}

// didYouMean suggests the declared name that the one given resembles, and does not repeat the latter.
func didYouMean(given string, declared []string) string {
	if name := spelling.Nearest(given, declared); name != "" {
		return fmt.Sprintf("; did you mean %s?", name)
	}
	return ""
}
