package checker

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/migrationlink/migrationlink/internal/strictjson"
)

// schemaErrors takes the single errors out of kin-openapi's.
func schemaErrors(err error) []*openapi3.SchemaError {
	var many openapi3.MultiError
	if errors.As(err, &many) {
		var all []*openapi3.SchemaError
		for _, e := range many {
			all = append(all, schemaErrors(e)...)
		}
		return all
	}
	var one *openapi3.SchemaError
	if errors.As(err, &one) {
		return []*openapi3.SchemaError{one}
	}
	return nil
}

// keyword is the keyword that was broken. kin-openapi calls an undeclared property a breach of "properties".
func keyword(e *openapi3.SchemaError) string {
	if e.SchemaField == "properties" {
		return "additionalProperties"
	}
	return e.SchemaField
}

// declaredPointer writes a JSON pointer as far as the schema declares the names on its way, so that no name chosen by a sender gets into it.
// It returns the schemas that it goes through as well, the first and the last included.
func declaredPointer(schema *openapi3.Schema, tokens []string) (pointer string, schemas []*openapi3.Schema) {
	var b strings.Builder
	schemas = append(schemas, schema)
	for _, token := range tokens {
		switch property := schema.Properties[token]; {
		case property != nil:
			schema = property.Value
		case schema.Items != nil && isIndex(token):
			schema = schema.Items.Value
		default:
			return b.String(), schemas
		}
		b.WriteByte('/')
		b.WriteString(escapePointer(token))
		schemas = append(schemas, schema)
	}
	return b.String(), schemas
}

// escapePointer writes a name as a part of a JSON pointer (RFC 6901 section 3).
func escapePointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// valueAt follows a JSON pointer into a value as far as it leads.
func valueAt(value any, tokens []string) any {
	for _, token := range tokens {
		switch v := value.(type) {
		case map[string]any:
			value = v[token]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i >= len(v) {
				return nil
			}
			value = v[i]
		}
	}
	return value
}

// suggestion is a declared property that an undeclared one of the object resembles.
func suggestion(schema *openapi3.Schema, object any) string {
	properties, _ := object.(map[string]any)
	declared := sortedKeys(schema.Properties)
	for _, name := range sortedKeys(properties) {
		if schema.Properties[name] == nil {
			if s := didYouMean(name, declared); s != "" {
				return s
			}
		}
	}
	return ""
}

func isIndex(token string) bool { return token != "" && strings.Trim(token, "0123456789") == "" }

// outOfRange reports whether a number was refused for its size alone: JSON sets no limit to it, float64 does (RFC 8259 section 6).
func outOfRange(e *openapi3.SchemaError) bool {
	return isOutOfRange(e.Value) && keyword(e) == "type" && (e.Schema.Type.Permits(openapi3.TypeNumber) || e.Schema.Type.Permits(openapi3.TypeInteger))
}

func isOutOfRange(value any) bool {
	number, isNumber := value.(json.Number)
	if !isNumber {
		return false
	}
	_, err := number.Float64()
	return err != nil
}

// isQuirk reports whether an error is one of kin-openapi's own, against the specifications: null where no type is declared (OpenAPI
// 3.0.3, nullable, which adds null to a type), a number that only float64 cannot hold where no bound is declared (RFC 8259 section 6), and what
// lies deeper than is judged.
func isQuirk(e *openapi3.SchemaError) bool {
	s := e.Schema
	switch {
	case len(e.JSONPointer()) > strictjson.MaxDepth:
		return true
	case keyword(e) == "nullable":
		return s.Type == nil
	default:
		return isOutOfRange(e.Value) && s.Min == nil && s.Max == nil && s.MultipleOf == nil && s.Format == "" &&
			(s.Type == nil || s.Type.Permits(openapi3.TypeNumber) || s.Type.Permits(openapi3.TypeInteger))
	}
}

// sentence says what a keyword wants, in the contract's words and without the value.
func sentence(e *openapi3.SchemaError) string {
	s := e.Schema
	if outOfRange(e) {
		return "is a number out of range"
	}
	switch keyword(e) {
	case "additionalProperties":
		return "has a property that the contract does not have"
	case "required":
		return "required, missing"
	case "type":
		return "is no " + strings.Join(s.Type.Slice(), " or ")
	case "nullable":
		return "is null"
	case "enum":
		values := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			values[i] = fmt.Sprint(v)
		}
		return fmt.Sprintf("is none of %s (value hidden)", strings.Join(values, ", "))
	case "pattern":
		return fmt.Sprintf("does not match %s (value hidden)", s.Pattern)
	case "format":
		return fmt.Sprintf("is no %s (value hidden)", s.Format)
	case "minLength":
		return fmt.Sprintf("is shorter than %s", counted(s.MinLength, "character"))
	case "maxLength":
		return fmt.Sprintf("is longer than %s", counted(*s.MaxLength, "character"))
	case "minItems":
		return fmt.Sprintf("has fewer than %s", counted(s.MinItems, "item"))
	case "maxItems":
		return fmt.Sprintf("has more than %s", counted(*s.MaxItems, "item"))
	case "minimum":
		return fmt.Sprintf("is less than %g", *s.Min)
	case "maximum":
		return fmt.Sprintf("is more than %g", *s.Max)
	default:
		return fmt.Sprintf("breaks %s (value hidden)", keyword(e))
	}
}

func counted(n uint64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// branch picks what a body is judged by: of a oneOf with x-when the one that fits the query, else the schema itself. wanted reports
// whether the conditional branch was asked for.
func branch(schema *openapi3.Schema, asked func(parameter string) bool) (plain, conditional *openapi3.Schema, wanted bool) {
	for _, option := range schema.OneOf {
		if parameter, ok := option.Value.Extensions["x-when"].(string); ok {
			conditional, wanted = option.Value, asked(parameter)
		} else {
			plain = option.Value
		}
	}
	if conditional == nil {
		return schema, nil, false
	}
	return plain, conditional, wanted
}
