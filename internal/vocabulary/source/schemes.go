package source

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// scheme is a security scheme: its name, and what it is in the Authorization header.
type scheme struct{ name, authorization string }

var schemeName = regexp.MustCompile(`^[a-z][a-zA-Z0-9]*$`)

func (w *words) readSchemes(root *yaml.Node) error {
	for name, s := range properties(property(root, "components", "securitySchemes")) {
		if !schemeName.MatchString(name.Value) {
			return fmt.Errorf("openapi.yaml:%d: want a security scheme like digest: it becomes a name in Go", name.Line)
		}
		authorization := "Bearer" // of OAuth 2.0 and OpenID Connect (RFC 6750)
		switch kind, http := property(s, "type"), property(s, "scheme"); {
		case kind != nil && kind.Value == "http" && http != nil && http.Value != "":
			authorization = strings.ToUpper(http.Value[:1]) + http.Value[1:]
		case kind == nil, kind.Value != "oauth2" && kind.Value != "openIdConnect":
			return fmt.Errorf("openapi.yaml:%d: want a security scheme of type http, oauth2 or openIdConnect, which have the header Authorization", name.Line)
		}
		w.schemes = append(w.schemes, scheme{name.Value, authorization})
	}
	if len(w.schemes) == 0 {
		return errors.New("openapi.yaml: want security schemes in components.securitySchemes")
	}
	return nil
}

func writeSchemes(b *bytes.Buffer, schemes []scheme) {
	b.WriteString("// The security schemes of the contract.\nconst (\n")
	for _, s := range schemes {
		fmt.Fprintf(b, "SecurityScheme%s SecurityScheme = %q\n", exported(s.name), s.name)
	}
	b.WriteString(")\n\n" +
		"// SecuritySchemes returns every security scheme, in the order of the contract.\n" +
		"func SecuritySchemes() []SecurityScheme {\nreturn []SecurityScheme{")
	for _, s := range schemes {
		fmt.Fprintf(b, "SecurityScheme%s, ", exported(s.name))
	}
	b.WriteString("}\n}\n\n" +
		"// Authorization is what the Authorization header calls the scheme; empty for one that the contract does not have.\n" +
		"func (s SecurityScheme) Authorization() string {\nswitch s {\n")
	for _, s := range schemes {
		fmt.Fprintf(b, "case SecurityScheme%s:\nreturn %q\n", exported(s.name), s.authorization)
	}
	b.WriteString("}\nreturn \"\"\n}\n\n")
}
