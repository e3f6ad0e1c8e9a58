package requests

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// content breaks the content of the request: its media type, its size, its JSON, and each keyword of its schema.
func (w *wrong) content() {
	if w.op.body == nil {
		bodies := []string{"{}", "x", "null", " ", "\x00", `{"undeclared":true}`, "a=b"}
		for range w.config.Variants {
			bodies = append(bodies, w.text(textAlphabet, 1, 30))
		}
		w.add("content/undeclared", "requestBody/undeclared", each(bodies, func(body string) Request { return w.plain.withBody([]byte(body)) })...)
		return
	}
	mediaType, schema, ok := w.op.content()
	if !ok {
		return
	}
	w.mediaTypes(mediaType)
	w.add("content/required", "requestBody/required", w.plain.withBody(nil))
	if limit := w.judge.MaxRequestBytes(w.op.method, w.op.path); limit >= len(w.plain.Body) {
		padding := bytes.Repeat([]byte(" "), limit+1-len(w.plain.Body))
		w.add("content/maxBytes", "requestBody/maxBytes", w.plain.withBody(slices.Concat(w.plain.Body, padding)))
	}
	for _, s := range w.notJSON() {
		w.add("content/syntax/"+s.name, "requestBody/syntax", each(s.bodies, w.plain.withBody)...)
	}
	value, _ := w.valid("", schema)
	for _, b := range w.breakings("body", schema, value, func(v any) any { return v }) {
		var bodies [][]byte
		for _, v := range b.values {
			bodies = append(bodies, encode(v))
		}
		w.add(b.name, b.rule, each(bodies, w.plain.withBody)...)
	}
}

func (w *wrong) mediaTypes(right string) {
	others := []string{
		"text/plain", "text/json", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/octet-stream",
		right + "x", "x" + right, right + "+xml", "application/vnd.api+json", "application/vnd.atlas.2023-01-01+json", "application/*", "*/*", "json", ";", "application/",
		right + ", " + right, `"` + right + `"`,
	}
	for range w.config.Variants {
		others = append(others, "application/"+strings.ToLower(w.text(nameAlphabet, 1, 12)))
	}
	contentType := func(values ...string) Request {
		return w.plain.with(func(r *Request) {
			r.Header.Del("Content-Type")
			for _, value := range values {
				r.Header.Add("Content-Type", value)
			}
		})
	}
	w.add("content/mediaType/other", "requestBody/mediaType", each(others, func(value string) Request { return contentType(value) })...)
	w.add("content/mediaType/none", "requestBody/mediaType", contentType())
	w.add("content/mediaType/two", "requestBody/mediaType", contentType(right, right), contentType(right, "text/plain"), contentType("text/plain", right))
	w.add("content/charset", "requestBody/charset", each([]string{"latin1", "ISO-8859-1", "utf-16", "us-ascii", "x", "utf-7"}, func(charset string) Request {
		return contentType(right + "; charset=" + charset)
	})...)
	w.add("content/encoding", "requestBody/encoding", each([]string{"gzip", "deflate", "br", "zstd", "identity", "x"}, func(coding string) Request {
		return w.plain.with(func(r *Request) { r.Header.Set("Content-Encoding", coding) })
	})...)
}

type named struct {
	name   string
	bodies [][]byte
}

// notJSON is the right content, spoilt: RFC 8259, with the section.
func (w *wrong) notJSON() []named {
	right := string(w.plain.Body)
	inString := func(what string) string { return strings.Replace(right, `:"`, `:"`+what, 1) }
	bytesOf := func(all ...string) [][]byte {
		var bodies [][]byte
		for _, s := range all {
			bodies = append(bodies, []byte(s))
		}
		return bodies
	}
	var cut, behind []string
	for range max(w.config.Variants, 4) {
		if len(right) > 2 {
			cut = append(cut, right[:1+w.random.IntN(len(right)-1)])
		}
		behind = append(behind, right+w.text([]rune(`{}[]",:x01`), 1, 6))
	}
	all := []named{
		{"after-the-value", bytesOf(append(behind, right+"{}", right+right, right+" null", right+"\x00", right+"x", right+"\n\n1", right+",")...)},
		{"cut-off", bytesOf(append(cut, " ", "\n")...)},
		{"not-UTF-8", bytesOf(inString("\xff"), inString("\xc3("), inString("\xed\xa0\x80"), inString("\xf8\x88\x80\x80\x80"), inString("\xc0\xaf"), right+"\xff")},        // section 8.1
		{"lone-surrogate", bytesOf(inString(`\ud83d`), inString(`\udc00`), inString(`\ud83dx`), inString(`\ude00\ud83d`), inString(`\uD800\uD800`), inString(`\\\uDFFF`))}, // section 8.2
		{"control-character", bytesOf(inString("\x00"), inString("\n"), inString("\x1f"), inString("\t"))},                                                                 // section 7
		{"escape", bytesOf(inString(`\x`), inString(`\u12`), inString(`\'`), inString(`\U0041`))},                                                                          // section 7
		{"byte-order-mark", bytesOf("\ufeff" + right)}, // section 8.1
		{"another-language", bytesOf("linkToken=x", "<a/>", "---\na: b", strings.ReplaceAll(right, `"`, "'"), "NaN", "Infinity", "undefined", "//x\n"+right, "/**/"+right, "TRUE")}, // section 3
	}
	if inner, isObject := strings.CutPrefix(right, "{"); isObject && len(inner) > 1 {
		members := strings.TrimSuffix(inner, "}")
		all = append(all,
			named{"trailing-comma", bytesOf("{"+members+",}", "{,"+members+"}", "{"+members+",,"+members+"}")},
			named{"property-twice", bytesOf("{"+members+","+members+"}", "{"+members+" , "+members+"}", "{"+members+","+members+","+members+"}", escapedName(members))}) // section 4
	}
	return all
}

// escapedName gives the first property twice, the second time with its name's first character as an escape: the names are the same nevertheless.
func escapedName(members string) string {
	if len(members) < 3 {
		return "" // not made of a property
	}
	return fmt.Sprintf(`{%s,"\u%04x%s}`, members, members[1], members[2:])
}

// breaking is one keyword broken at one place, in several ways.
type breaking struct {
	name, rule string
	values     []any // of the whole content
}

// breakings of every keyword of a schema and of what is in it. put puts a value at the place into the whole content.
func (w *wrong) breakings(name string, schema *openapi3.Schema, right any, put func(any) any) []breaking {
	var all []breaking
	add := func(keyword string, values ...any) {
		b := breaking{name: name + "/" + keyword, rule: "schema/" + keyword}
		for _, value := range values {
			b.values = append(b.values, put(value))
		}
		all = append(all, b)
	}
	others := w.valuesOfAllTypes()
	add("type", others...) // what has the type is left out, since it breaks nothing
	add("nullable", nil)
	if len(schema.Enum) > 0 {
		values := []any{"", "x", 0.0}
		for _, value := range schema.Enum {
			values = append(values, strings.ToLower(fmt.Sprint(value)), fmt.Sprint(value)+" ")
		}
		add("enum", values...)
	}
	if schema.MinLength > 0 {
		for length := range min(schema.MinLength, 3) {
			add("minLength", strings.Repeat("x", int(schema.MinLength-1-length)))
		}
	}
	if schema.MaxLength != nil {
		add("maxLength", strings.Repeat("x", int(*schema.MaxLength)+1))
	}
	if schema.Pattern != "" || schema.Format != "" {
		drawn := []any{"", " ", "x", "\n"}
		for range w.config.Variants {
			drawn = append(drawn, w.text(textAlphabet, 1, 20))
		}
		add("pattern", drawn...)
		add("format", drawn...)
	}
	if schema.Min != nil {
		add("minimum", math.Floor(*schema.Min)-1)
	}
	if schema.Max != nil {
		add("maximum", math.Ceil(*schema.Max)+1)
	}
	if object, isObject := right.(map[string]any); isObject {
		all = append(all, w.objectBreakings(name, schema, object, put)...)
	}
	if schema.Type.Is(openapi3.TypeArray) && schema.Items != nil {
		if item, ok := w.valid("", schema.Items.Value); ok {
			add("minItems", []any{})
			if schema.MaxItems != nil {
				add("maxItems", slices.Repeat([]any{item}, int(*schema.MaxItems)+1))
			}
			all = append(all, w.breakings(name+"/items", schema.Items.Value, item, func(v any) any { return put([]any{v}) })...)
		}
	}
	return all
}

func (w *wrong) objectBreakings(name string, schema *openapi3.Schema, right map[string]any, put func(any) any) []breaking {
	var all []breaking
	with := func(property string, value any) any {
		changed := maps.Clone(right)
		changed[property] = value
		return put(changed)
	}
	for _, property := range schema.Required {
		less := maps.Clone(right)
		delete(less, property)
		all = append(all, breaking{name: name + "/" + property + "/required", rule: "schema/required", values: []any{put(less)}})
	}
	undeclared := breaking{name: name + "/additionalProperties", rule: "schema/additionalProperties"}
	for _, property := range append(w.drawnNames(w.config.Variants+2), "", "$ref", "__proto__") {
		if schema.Properties[property] == nil {
			undeclared.values = append(undeclared.values, with(property, w.text(nameAlphabet, 0, 9)))
		}
	}
	for _, property := range slices.Sorted(maps.Keys(schema.Properties)) {
		for _, near := range []string{strings.ToUpper(property), strings.ToLower(property), property + " ", property + "s"} {
			if schema.Properties[near] == nil {
				undeclared.values = append(undeclared.values, with(near, right[property]))
			}
		}
		value, present := right[property]
		if !present {
			if value, present = w.valid(property, schema.Properties[property].Value); !present {
				continue
			}
		}
		all = append(all, w.breakings(name+"/"+property, schema.Properties[property].Value, value, func(v any) any { return with(property, v) })...)
	}
	return append(all, undeclared)
}
