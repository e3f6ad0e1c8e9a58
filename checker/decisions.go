package checker

import (
	"path"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/migrationlink/migrationlink/internal/decisions"
)

// decision is an x-decision that findings can rest on.
type decision struct {
	name string
	// operation is the operationId that it stands under; empty is all of them.
	operation string
	// schema is the named schema that it stands in: then it is about findings on that schema, and on what is in it. Nil is any place.
	schema *openapi3.Schema
	// rules are patterns of direction/rule, as path.Match reads them.
	rules []string
}

// readDecisions finds every x-decision of a document that names rules. doc is what kin-openapi read of it.
func readDecisions(document []byte, doc *openapi3.T) ([]decision, error) {
	all, err := decisions.Read(document)
	if err != nil {
		return nil, err
	}
	var found []decision
	for _, d := range all {
		if len(d.Rules) > 0 {
			found = append(found, decision{name: d.Name, operation: d.Operation, schema: schemaAt(d.Place, doc), rules: d.Rules})
		}
	}
	return found, nil
}

// schemaAt is the named schema that a place of a document is in, or nil.
func schemaAt(place []string, doc *openapi3.T) *openapi3.Schema {
	if len(place) < 3 || place[0] != "components" || place[1] != "schemas" || doc.Components.Schemas[place[2]] == nil {
		return nil
	}
	return doc.Components.Schemas[place[2]].Value
}

// decisionOn is the name of the decision that a finding rests on, or empty. schemas are those that the value which was judged is in, and its own.
func (c *contract) decisionOn(f Finding, schemas ...*openapi3.Schema) string {
	for _, d := range c.decisions {
		if d.operation != "" && d.operation != f.Operation || d.schema != nil && !slices.Contains(schemas, d.schema) {
			continue
		}
		for _, rule := range d.rules {
			if match, _ := path.Match(rule, string(f.Direction)+"/"+f.Rule); match {
				return d.name
			}
		}
	}
	return ""
}
