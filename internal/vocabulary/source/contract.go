package source

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// words are what the contract names.
type words struct {
	operations []operation // in the order of a resource's life: created, read, changed, deleted
	schemes    []scheme    // in the order of the document
	statuses   []string    // in the order of the document
	codes      []code      // sorted by HTTP status, then by name
}

type operation struct{ id, method, path string }

type code struct {
	text   string
	status int
}

func read(contract []byte) (words, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(contract, &doc); err != nil {
		return words{}, fmt.Errorf("openapi.yaml: %w", err)
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return words{}, errors.New("openapi.yaml: want an OpenAPI document, a mapping")
	}
	var w words
	root := doc.Content[0]
	return w, errors.Join(w.readOperations(property(root, "paths")), w.readSchemes(root), w.readStatuses(root), w.readCodes(root))
}

// methods are the keys of a path item that are operations, in the order of a resource's life.
var methods = []string{"post", "get", "head", "put", "patch", "delete", "options", "trace"}

var operationID = regexp.MustCompile(`^[a-z][a-zA-Z0-9]*$`)

func (w *words) readOperations(paths *yaml.Node) error {
	for path, item := range properties(paths) {
		for method, op := range properties(item) {
			if !slices.Contains(methods, method.Value) {
				continue
			}
			id := property(op, "operationId")
			if id == nil || !operationID.MatchString(id.Value) {
				return fmt.Errorf("openapi.yaml:%d: want an operationId like connect: it becomes a name in Go", method.Line)
			}
			w.operations = append(w.operations, operation{id.Value, strings.ToUpper(method.Value), path.Value})
		}
	}
	slices.SortStableFunc(w.operations, func(a, b operation) int {
		return slices.Index(methods, strings.ToLower(a.method)) - slices.Index(methods, strings.ToLower(b.method))
	})
	if len(w.operations) == 0 {
		return errors.New("openapi.yaml: want operations in paths")
	}
	return nil
}

var constant = regexp.MustCompile(`^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$`)

func (w *words) readStatuses(root *yaml.Node) error {
	enum := property(root, "components", "schemas", "LinkStatus", "enum")
	if enum == nil || len(enum.Content) == 0 {
		return errors.New("openapi.yaml: want an enum in components.schemas.LinkStatus")
	}
	for _, status := range enum.Content {
		if !constant.MatchString(status.Value) {
			return fmt.Errorf("openapi.yaml:%d: want a status like NOT_SYNCED: it becomes a name in Go", status.Line)
		}
		w.statuses = append(w.statuses, status.Value)
	}
	return nil
}

// readCodes finds every example of an error document below n: it has both an error, which is the HTTP
// status, and an errorCode.
func (w *words) readCodes(n *yaml.Node) error {
	for _, below := range n.Content {
		if err := w.readCodes(below); err != nil {
			return err
		}
	}
	text, number := property(n, "errorCode"), property(n, "error")
	if text == nil || number == nil || text.Kind != yaml.ScalarNode || number.Kind != yaml.ScalarNode {
		return nil
	}
	status, err := strconv.Atoi(number.Value)
	switch {
	case err != nil || http.StatusText(status) == "":
		return fmt.Errorf("openapi.yaml:%d: want an HTTP status beside errorCode", number.Line)
	case !constant.MatchString(text.Value):
		return fmt.Errorf("openapi.yaml:%d: want an errorCode like RATE_LIMITED: it becomes a name in Go", text.Line)
	}
	at, found := slices.BinarySearchFunc(w.codes, code{text.Value, status}, func(a, b code) int {
		return cmp.Or(cmp.Compare(a.status, b.status), cmp.Compare(a.text, b.text))
	})
	if found {
		return nil
	}
	for _, other := range w.codes {
		if other.text == text.Value {
			return fmt.Errorf("openapi.yaml:%d: errorCode %s has status %d here and %d elsewhere; want one",
				text.Line, text.Value, status, other.status)
		}
	}
	w.codes = slices.Insert(w.codes, at, code{text.Value, status})
	return nil
}
