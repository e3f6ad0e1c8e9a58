// Package proof is the fast path of the checker: it shows that a value is valid by an OpenAPI schema, where that is easy to
// see, and that takes a fraction of the time that kin-openapi takes. It accepts or does not know. What is wrong with a value,
// and whether anything is, the caller asks others.
package proof

import (
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/migrationlink/migrationlink/internal/timestamp"
)

// Proof is a schema made ready for one question: is this value certainly valid? Its no means that it does not know. It is immutable and safe
// for concurrent use.
type Proof struct {
	is string // the type, as OpenAPI names it; empty is any

	// strings
	enum      []string
	pattern   *regexp.Regexp
	format    string
	minLength int // in characters
	maxLength int

	// integers
	minimum, maximum float64
	status           bool // x-equals: the number is the HTTP status

	// arrays
	items              *Proof // nil is not provable
	minItems, maxItems int

	// objects
	properties []provenProperty
	closed     bool // additionalProperties: false

	// of which exactly one is valid, since no value can be by two of them
	oneOf []*Proof
}

type provenProperty struct {
	name     string
	value    *Proof // nil where no value of it can be proved
	required bool
}

// anything that has a value without properties or items in it.
var anything = new(Proof)

// Text reports whether a string is certainly valid.
func (p *Proof) Text(s string) bool {
	if p.is != openapi3.TypeString || len(p.enum) > 0 && !slices.Contains(p.enum, s) || p.pattern != nil && !p.pattern.MatchString(s) ||
		!hasFormatOf(p.format, s) {
		return false
	}
	if p.minLength > 0 || p.maxLength < unlimited {
		length := utf8.RuneCountInString(s)
		return p.minLength <= length && length <= p.maxLength
	}
	return true
}

// hasFormatOf asks kin-openapi, which takes a format that it does not know for a remark. Any program can teach it one, at any time.
func hasFormatOf(format, s string) bool {
	known := openapi3.SchemaStringFormats[format]
	if format == "date-time" {
		known = timestamp.Format
	}
	return known == nil || known.Validate(s) == nil
}

// Parameter reports whether the value of a parameter, as it stands unescaped in the request target, is certainly valid.
func (p *Proof) Parameter(s string) bool {
	if p.is == openapi3.TypeBoolean {
		return s == "true" || s == "false"
	}
	return p.Text(s)
}

// integer reports whether a whole number is certainly valid.
func (p *Proof) integer(n int64, status int) bool {
	return p.minimum <= float64(n) && float64(n) <= p.maximum && (!p.status || n == int64(status))
}

// excludes reports whether no value that is valid by one of two proofs of objects can be valid by the other: one wants a property that the other
// refuses.
func (p *Proof) excludes(other *Proof) bool {
	return p.wantsWhatIsRefusedBy(other) || other.wantsWhatIsRefusedBy(p)
}

func (p *Proof) wantsWhatIsRefusedBy(other *Proof) bool {
	return p.is == openapi3.TypeObject && other.is == openapi3.TypeObject && other.closed &&
		slices.ContainsFunc(p.properties, func(wanted provenProperty) bool { return wanted.required && other.property(wanted.name) < 0 })
}

// property is the index of a property, or less than 0.
func (p *Proof) property(name string) int {
	return slices.IndexFunc(p.properties, func(property provenProperty) bool { return property.name == name })
}
