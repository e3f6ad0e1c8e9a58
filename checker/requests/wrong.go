package requests

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/migrationlink/migrationlink/checker"
)

// Wrong makes requests that break one rule each: every parameter, property and keyword, method, path, media type, encoding and size.
func (m *Maker) Wrong() []Case {
	w := &wrong{Maker: m}
	paths := make(map[string]bool)
	for _, op := range m.operations {
		w.op, w.plain = op, m.right(op)
		w.path()
		w.query()
		w.content()
		w.unclean()
		if !paths[op.path] {
			paths[op.path] = true
			w.methods()
		}
	}
	return w.cases
}

// wrong collects the cases of one operation after the other.
type wrong struct {
	*Maker
	op    operation
	plain Request
	cases []Case
}

// add keeps of the requests those that are found to break the rule, and nothing else, once they are sent.
func (w *wrong) add(name, rule string, requests ...Request) {
	c := Case{Name: w.op.id + "/" + name, Operation: w.op.id, Rule: rule}
	if w.config.Keep != nil && !w.config.Keep(c.Name) {
		return
	}
	sent := make(map[string]bool)
	for _, r := range requests {
		e, err := r.Exchange()
		if err != nil {
			continue
		}
		findings := w.judge.JudgeRequest(e).Findings
		wire := fmt.Sprint(e.Method, " ", e.Target, e.RequestHeader, string(e.RequestBody))
		if len(findings) != 1 || findings[0].Rule != rule || sent[wire] {
			continue
		}
		sent[wire] = true
		c.Place, c.Decision = findings[0].Place, findings[0].Decision
		c.Requests = append(c.Requests, r)
	}
	if len(c.Requests) > 0 {
		c.Statuses = refusals(c)
		w.cases = append(w.cases, c)
	}
}

// refusals are the statuses that say of a request what is wrong with it (RFC 9110 section 15.5). Which of them an API has is for its contract to
// say: the answer is judged by that as well.
func refusals(c Case) []int {
	switch {
	case c.Rule == "paths":
		return []int{http.StatusNotFound}
	case c.Rule == "paths/method":
		return []int{http.StatusMethodNotAllowed}
	case c.Place == checker.Path:
		return []int{http.StatusBadRequest, http.StatusNotFound}
	case c.Rule == "requestBody/mediaType", c.Rule == "requestBody/charset", c.Rule == "requestBody/encoding":
		return []int{http.StatusBadRequest, http.StatusUnsupportedMediaType}
	case c.Rule == "requestBody/maxBytes":
		return []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge}
	default:
		return []int{http.StatusBadRequest, http.StatusUnprocessableEntity}
	}
}

// path breaks each path parameter.
func (w *wrong) path() {
	for _, p := range w.op.parameters {
		if p.Value.In != openapi3.ParameterInPath {
			continue
		}
		right, err := w.parameterValue(p.Value)
		if err != nil {
			continue
		}
		var escaped []string
		for _, value := range w.nearMisses(right) {
			escaped = append(escaped, pathEscape(value))
		}
		escaped = append(escaped, pathEscape(right)+"%2F", "%2E%2E%2F"+pathEscape(right), pathEscape(right)+"%00", pathEscape(right)+"%FF")
		for _, rule := range []string{"schema/pattern", "schema/enum", "schema/minLength", "schema/maxLength", "schema/minimum", "schema/maximum", "schema/format", "parameters/type"} {
			w.add("path/"+p.Value.Name+"/"+keyword(rule), rule, each(escaped, func(value string) Request {
				return w.plain.with(func(r *Request) {
					path, _ := w.fill(w.op, p.Value.Name, value)
					r.Target = path + strings.TrimPrefix(r.Target, w.op.path)
				})
			})...)
		}
	}
}

// nearMisses are strings that are nearly the right one, and drawn ones.
func (w *wrong) nearMisses(right string) []string {
	all := []string{
		right[:len(right)-1], right + right[:1], right + " ", " " + right, right + ".", "0x" + right, right[1:] + "g", "-" + right[1:], right + right,
		strings.Repeat("z", len(right)), "null", "undefined", "0", "-1", "x", "{}", "*", "~", "4294967296", "ü" + right[1:], strings.Repeat("a", 300),
	}
	for range w.config.Variants {
		at := w.random.IntN(len(right))
		all = append(all,
			right[:at]+string(nameAlphabet[w.random.IntN(len(nameAlphabet))])+right[at+1:], // may stay right: then it is left out
			w.text(nameAlphabet, 1, 2*len(right)),
		)
	}
	return all
}

// pathEscape escapes what a path segment does not have as it is, dots at its ends too, of which a path would be cleaned.
func pathEscape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; bytes.IndexByte([]byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_~"), c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// query breaks each query parameter, and the query as a whole.
func (w *wrong) query() {
	var names []string
	for _, p := range w.op.parameters {
		if p.Value.In != openapi3.ParameterInQuery {
			continue
		}
		name := p.Value.Name
		names = append(names, name)
		values := append([]string{
			"1", "0", "t", "f", "T", "F", "TRUE", "FALSE", "True", "False", "yes", "no", "on", "", "null", "+true", "true+", "%74rue%00", "true,true", "[true]", "1.5", "x", "-1",
		}, w.drawnNames(2*w.config.Variants)...)
		for _, rule := range []string{"parameters/type", "schema/type", "schema/enum", "schema/pattern", "schema/minLength", "schema/maxLength", "schema/minimum", "schema/maximum", "schema/format"} {
			w.add("query/"+name+"/"+keyword(rule), rule, each(values, func(value string) Request {
				return w.plain.withoutQuery(name).withQuery(name + "=" + value)
			})...)
		}
		w.add("query/"+name+"/name-alone", "parameters/type", w.plain.withoutQuery(name).withQuery(name))
		right, err := w.parameterValue(p.Value)
		if err != nil {
			continue
		}
		w.add("query/"+name+"/repeated", "parameters/repeated", each([]string{"&", "&&"}, func(between string) Request {
			return w.plain.withoutQuery(name).withQuery(name + "=" + right + between + name + "=" + right)
		})...)
		w.add("query/"+name+"/required", "parameters/required", w.plain.withoutQuery(name))
	}
	undeclared := append([]string{"undeclared=1", "undeclared", "pageNum=1", "itemsPerPage=5", "=1", "%20=1"}, w.drawnPairs(w.config.Variants)...)
	for _, name := range names {
		undeclared = append(undeclared, name[1:]+"=true", strings.ToUpper(name)+"=true", name+"%20=true", name+"[]=true", name+name[len(name)-1:]+"=true")
	}
	w.add("query/undeclared", "parameters/undeclared", each(undeclared, w.plain.withQuery)...)
	unparsable := []string{"%zz=1", "%", "a=%f", "a;b", "a=1;b=2"}
	for _, name := range names {
		unparsable = append(unparsable, name+"=%zz", name+"=true;"+name+"=true", name+"=true%", "%"+name+"=true")
	}
	for range w.config.Variants {
		unparsable = append(unparsable, w.text(nameAlphabet, 1, 8)+"=%"+w.text([]rune("ghijklmnopqrstuvwxyz"), 1, 2))
	}
	w.add("query/syntax", "parameters/syntax", each(unparsable, w.plain.withQuery)...)
}

func (w *wrong) drawnNames(n int) []string {
	var all []string
	for range n {
		all = append(all, w.text(nameAlphabet, 1, 10))
	}
	return all
}

func (w *wrong) drawnPairs(n int) []string {
	var all []string
	for range n {
		all = append(all, w.text(nameAlphabet, 1, 12)+"="+w.text(nameAlphabet, 0, 12))
	}
	return all
}

// methods are the standard ones that the path does not have (RFC 9110 section 9.1 and RFC 5789), but for CONNECT, which asks for no resource; and
// invented ones, those in lower case among them: methods are case-sensitive.
func (w *wrong) methods() {
	for _, method := range []string{
		http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodTrace,
	} {
		w.add("method/"+method, "paths/method", Request{Method: method, Target: w.op.path})
	}
	invented := []string{"BREW", "PROPFIND", "LINK", "QUERY", "X-1", strings.ToLower(w.op.method), w.op.method + "S"}
	for range w.config.Variants {
		invented = append(invented, strings.ToUpper(w.text(nameAlphabet, 3, 12)))
	}
	w.add("method/invented", "paths/method", each(invented, func(method string) Request { return Request{Method: method, Target: w.op.path} })...)
}

// unclean paths are nearly that of the operation; a server that cleans them answers for a resource that was not asked for.
func (w *wrong) unclean() {
	query := strings.TrimPrefix(w.plain.Target, w.op.path)
	segments := strings.Split(w.op.path, "/") // the first is empty
	paths := []string{w.op.path + "/", w.op.path + "//", w.op.path + "/.", w.op.path + "/..", w.op.path + "/x", w.op.path + "%2F", w.op.path + "x", "/" + w.op.path, "//host" + w.op.path, w.op.path + "%20"}
	for i := 1; i < len(segments); i++ {
		for _, inserted := range []string{"", ".", "x/..", "%2E"} {
			paths = append(paths, strings.Join(slices.Insert(slices.Clone(segments), i, inserted), "/"))
		}
		without := slices.Delete(slices.Clone(segments), i, i+1)
		empty := slices.Clone(segments)
		empty[i] = ""
		upper := slices.Clone(segments)
		upper[i] = strings.ToUpper(upper[i])
		paths = append(paths, strings.Join(without, "/"), strings.Join(empty, "/"), strings.Join(upper, "/"))
	}
	for range w.config.Variants {
		at := 1 + w.random.IntN(len(segments)-1)
		paths = append(paths, strings.Join(slices.Insert(slices.Clone(segments), at, w.text(nameAlphabet, 1, 8)), "/"))
	}
	w.add("path/unknown", "paths", each(paths, func(path string) Request {
		return w.plain.with(func(r *Request) { r.Target = path + query })
	})...)
}

func keyword(rule string) string { return rule[strings.LastIndexByte(rule, '/')+1:] }
