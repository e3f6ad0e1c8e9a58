package har

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strings"
)

// content is that of a request or an answer.
type content struct {
	Text     *string  `json:"text"`
	Encoding string   `json:"encoding"`
	Size     *float64 `json:"size"`
	Params   []field  `json:"params"`
	// Binary: the text is a JSON array of chunks (Polly.JS).
	Binary json.RawMessage `json:"_isBinary"`
	// File and SHA1 name a file that has the content in place of the text (Playwright).
	File json.RawMessage `json:"_file"`
	SHA1 json.RawMessage `json:"_sha1"`
}

// Why content is not judged, in words that follow it.
const (
	notRecorded  = "was not recorded"
	elsewhere    = "is in a file of its own, which is not read"
	cutOff       = "was not recorded to its end"
	brokenOff    = "broke off before its end"
	tooLong      = "is longer than 1 MiB"
	replaced     = "was replaced by the recorder"
	inChunks     = "is stored in chunks, which are not read here"
	notBase64    = "is said to be base64, and is not"
	notDecodable = "is in an encoding that is not read here: want base64, or none"
	notGzip      = "is compressed still, and is not gzip"
)

// decode returns the content as bytes, or why it cannot. compressed says that it has a
// Content-Encoding.
func (c content) decode(compressed bool) (body []byte, why string) {
	if c.Text == nil || *c.Text == "" {
		if isSet(c.File) || isSet(c.SHA1) {
			return nil, elsewhere
		}
		return nil, ""
	}
	encoding := strings.ToLower(c.Encoding)
	if (isSet(c.Binary) || compressed || encoding != "") && isChunks(*c.Text) {
		return nil, inChunks
	}
	switch encoding {
	case "", "utf-8", "utf8", "text", "plain", "identity", "none":
		return []byte(*c.Text), ""
	case "base64":
		text := bytes.TrimRight([]byte(strings.NewReplacer("\r", "", "\n", "").Replace(*c.Text)), "=")
		n, err := base64.RawStdEncoding.Decode(text, text)
		switch {
		case err == nil:
			return text[:n], ""
		case json.Valid([]byte(*c.Text)): // which base64 is not: Firefox wrote the text itself
			return []byte(*c.Text), ""
		}
		return nil, notBase64
	default:
		return nil, notDecodable
	}
}

// chunk is hex or base64.
var chunk = regexp.MustCompile(`^[0-9A-Za-z+/_-]{8,}=*$`)

// isChunks reports whether a text is a JSON array of hex or base64.
func isChunks(text string) bool {
	if !strings.HasPrefix(strings.TrimSpace(text), "[") {
		return false
	}
	var chunks []string
	if json.Unmarshal([]byte(text), &chunks) != nil {
		return false
	}
	for _, c := range chunks {
		if !chunk.MatchString(c) {
			return false
		}
	}
	return true
}
