package har

import (
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
)

// entry is what is read of an element of log.entries. Sizes and statuses are numbers of any kind,
// since some recorders write 200.0.
type entry struct {
	Request struct {
		Method      string   `json:"method"`
		URL         string   `json:"url"`
		QueryString []field  `json:"queryString"`
		Headers     []field  `json:"headers"`
		BodySize    *float64 `json:"bodySize"`
		PostData    content  `json:"postData"`
	} `json:"request"`
	Response struct {
		Status  float64 `json:"status"`
		Headers []field `json:"headers"`
		Content content `json:"content"`
		responseMarks
	} `json:"response"`
	entryMarks
}

type field struct {
	Name  string `json:"name"`
	Value values `json:"value"`
}

// values is a string, or the array of strings that Polly.JS wrote for a header until version 2.
type values []string

// UnmarshalJSON implements json.Unmarshaler.
func (v *values) UnmarshalJSON(content []byte) error {
	*v = nil
	if string(content) == "null" {
		return nil
	}
	var one string
	if err := json.Unmarshal(content, &one); err == nil {
		*v = values{one}
		return nil
	}
	var several []string
	if err := json.Unmarshal(content, &several); err != nil {
		return &json.UnmarshalTypeError{Value: "value", Type: reflect.TypeFor[string]()}
	}
	*v = several
	return nil
}

// complete fails on an entry that does not say what was asked.
func (e *entry) complete() error {
	switch {
	case e.Request.Method == "":
		return errors.New("request.method is missing; want the name of a method")
	case e.Request.URL == "":
		return errors.New("request.url is missing; want an absolute URL")
	}
	return nil
}

// status of the answer; 0 is none. Browsers write 0 for what was blocked or cut off.
func (e *entry) status() int {
	if s := e.Response.Status; s >= 100 && s <= 999 {
		return int(s)
	}
	return 0
}

// preflight reports whether a browser asked whether it may ask (Fetch, CORS preflight request). The
// contract has no word on that.
func (e *entry) preflight() bool {
	h := header(e.Request.Headers)
	return e.Request.Method == http.MethodOptions && h.Get("Origin") != "" && h.Get("Access-Control-Request-Method") != ""
}

// header is what http has of recorded fields: without the pseudo-header fields of HTTP/2 (RFC 9113
// section 8.3), names in one spelling, and apart again what a browser joined by line ends.
func header(fields []field) http.Header {
	h := make(http.Header, len(fields))
	for _, f := range fields {
		if strings.HasPrefix(f.Name, ":") {
			continue
		}
		for _, joined := range f.Value {
			for value := range strings.SplitSeq(joined, "\n") {
				h.Add(strings.TrimSpace(f.Name), strings.Trim(value, " \t\r"))
			}
		}
	}
	return h
}
