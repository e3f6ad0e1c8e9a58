package pages

import (
	"slices"
	"strings"
)

// place is where something stands in the document: the reference tokens of a JSON pointer (RFC 6901).
type place []string

// pointer is the place as a JSON pointer.
func (p place) pointer() string {
	escape := strings.NewReplacer("~", "~0", "/", "~1") // RFC 6901 section 3
	var b strings.Builder
	for _, token := range p {
		b.WriteString("/" + escape.Replace(token))
	}
	return b.String()
}

// words is the place as one would say it.
func (p place) words() string {
	var said []string
	for rest := p; len(rest) > 0; {
		phrase, tokens := next(rest)
		if phrase != "" {
			said = append(said, phrase)
		}
		rest = rest[tokens:]
	}
	if len(said) == 0 {
		return "the whole contract"
	}
	return strings.Join(said, ", ")
}

// next is the phrase for the start of a place, and how many tokens it speaks of. What has no phrase stands under its own name.
func next(p place) (phrase string, tokens int) {
	switch {
	case p[0] == "paths" && len(p) > 2 && isMethod(p[2]):
		return code(strings.ToUpper(p[2]) + " " + p[1]), 3
	case p[0] == "paths" && len(p) > 1:
		return code(p[1]), 2
	case p[0] == "components":
		return "", 1
	case named(p[0]) != "" && len(p) > 1:
		return named(p[0]) + " " + code(p[1]), 2
	case p[0] == "schema":
		return "its schema", 1
	case p[0] == "requestBody":
		return "its body", 1
	}
	return code(p[0]), 1
}

// named is the word for one member of a collection in an OpenAPI document, "" for a key that is none.
func named(collection string) string {
	switch collection {
	case "responses":
		return "response"
	case "parameters":
		return "parameter"
	case "headers":
		return "header"
	case "content":
		return "as"
	case "schemas":
		return "schema"
	case "properties":
		return "property"
	case "securitySchemes":
		return "security scheme"
	case "requestBodies":
		return "request body"
	}
	return ""
}

func isMethod(s string) bool {
	return slices.Contains([]string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}, s)
}

func code(s string) string { return "`" + s + "`" }
