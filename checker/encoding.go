package checker

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// maxDecoded is how much of a compressed body is decoded, in bytes: a small response can inflate to any size.
const maxDecoded = 1 << 20

// maxCodings is how many content codings are undone: each can cost maxDecoded.
const maxCodings = 5

// notDecodedError says why a body cannot be judged although nothing is wrong with it.
type notDecodedError struct{ why string }

func (e notDecodedError) Error() string { return e.why }

// decoded is the response body without its content codings. The error is a notDecodedError, or says what is wrong with Content-Encoding.
func decoded(e Exchange) ([]byte, error) {
	if len(e.ResponseHeader["Content-Encoding"]) == 0 {
		return e.ResponseBody, nil
	}
	codings := codings(e.ResponseHeader)
	for _, coding := range codings {
		if !accepts(e.RequestHeader, coding) {
			return nil, errors.New("is a coding that the request does not accept")
		}
	}
	if len(codings) > maxCodings {
		return nil, notDecodedError{fmt.Sprintf("has more than %d content codings", maxCodings)}
	}
	body := e.ResponseBody
	for _, coding := range slices.Backward(codings) { // the last one was applied last (RFC 9110 section 8.4)
		var err error
		if body, err = decode(coding, body); err != nil {
			return nil, err
		}
	}
	return body, nil
}

// codings are the content codings of a response in the order in which they were applied, in lower case, without identity.
func codings(h http.Header) []string {
	all := elements(strings.ToLower(strings.Join(h.Values("Content-Encoding"), ",")), ',')
	return slices.DeleteFunc(all, func(coding string) bool { return coding == "identity" })
}

// decode undoes one content coding.
func decode(coding string, body []byte) ([]byte, error) {
	var reader io.Reader
	var err error
	switch coding {
	case "gzip", "x-gzip": // RFC 9110 section 8.4.1.3
		reader, err = gzip.NewReader(bytes.NewReader(body))
	case "deflate":
		if reader, err = zlib.NewReader(bytes.NewReader(body)); errors.Is(err, zlib.ErrHeader) {
			reader, err = flate.NewReader(bytes.NewReader(body)), nil // some send no zlib header (RFC 9110 section 8.4.1.2)
		}
	default:
		return nil, notDecodedError{"has a content coding that is not decoded here"}
	}
	var content []byte
	if err == nil {
		content, err = io.ReadAll(io.LimitReader(reader, maxDecoded+1))
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("is %s, and the body is not", coding)
	case len(content) > maxDecoded:
		return nil, notDecodedError{fmt.Sprintf("is %s of more than %d bytes", coding, maxDecoded)}
	}
	return content, nil
}

// accepts reports whether a request accepts a content coding. Without Accept-Encoding it accepts any (RFC 9110 section 12.5.3).
func accepts(request http.Header, coding string) bool {
	fields := request.Values("Accept-Encoding")
	if len(fields) == 0 {
		return true
	}
	others := false
	for _, element := range elements(strings.ToLower(strings.Join(fields, ",")), ',') {
		name, weight, _ := strings.Cut(element, ";")
		name, acceptable := strings.TrimSpace(name), !zeroWeight(weight)
		switch {
		case name == coding, "x-"+name == coding, name == "x-"+coding:
			return acceptable
		case name == "*":
			others = acceptable
		}
	}
	return others
}

// zeroWeight reports whether a weight says not acceptable: q=0, or q=0.000.
func zeroWeight(weight string) bool {
	name, value, _ := strings.Cut(strings.TrimSpace(weight), "=")
	return strings.TrimSpace(name) == "q" && strings.Trim(strings.TrimSpace(value), "0.") == "" && strings.Contains(value, "0")
}

// undecoded tells why the response body could not be decoded: as a violation, or as what is not judged.
func (j *judge) undecoded(err error) {
	var not notDecodedError
	if errors.As(err, &not) {
		j.unread(not.why)
		return
	}
	j.find(Header, "Content-Encoding", "", fmt.Sprintf("responses/%d/encoding", j.exchange.Status), err.Error())
}
