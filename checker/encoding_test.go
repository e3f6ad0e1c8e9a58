package checker_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/checker"
)

func compressed(t *testing.T, writer func(io.Writer) io.WriteCloser, content string) string {
	t.Helper()
	var b bytes.Buffer
	w := writer(&b)
	_, err := io.WriteString(w, content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

func gzipped(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
func zlibbed(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }
func deflated(w io.Writer) io.WriteCloser {
	made, err := flate.NewWriter(w, flate.DefaultCompression)
	if err != nil {
		panic(err)
	}
	return made
}

// A body is judged by what is in it. A content coding violates the contract only if the request does not accept it.
func TestACompressedBodyIsJudgedByWhatIsInIt(t *testing.T) {
	t.Parallel()
	const (
		right, wrong = `{"status":"SYNCED"}`, `{"status":"PENDING"}`
		enum         = "status, answer 200, body /status: is none of SYNCED, NOT_SYNCED (value hidden) [schema/enum]"
		header       = "status, answer 200, header Content-Encoding: "
		refused      = header + "is a coding that the request does not accept [responses/200/encoding]"
		unknown      = "status, answer 200, body: has a content coding that is not decoded here [not-judged]"
	)
	zip := func(content string) string { return compressed(t, gzipped, content) }
	for name, c := range map[string]struct {
		accept, coding, body string // accept is left out if it is empty
		findings, advice     string
	}{
		"gzip":                         {"", "gzip", zip(right), "", ""},
		"gzip, wrong":                  {"", "gzip", zip(wrong), enum, ""},
		"gzip in capitals":             {"gzip", "GZip", zip(wrong), enum, ""},
		"x-gzip":                       {"gzip", "x-gzip", zip(wrong), enum, ""},
		"gzip for x-gzip":              {"x-gzip", "gzip", zip(wrong), enum, ""},
		"gzip that is none":            {"", "gzip", right, header + "is gzip, and the body is not [responses/200/encoding]", ""},
		"gzip cut short":               {"", "gzip", zip(right)[:20], header + "is gzip, and the body is not [responses/200/encoding]", ""},
		"gzip of too much":             {"", "gzip", zip(strings.Repeat(" ", 2<<20)), "", "status, answer 200, body: is gzip of more than 1048576 bytes [not-judged]"},
		"deflate":                      {"gzip, compress, deflate, br", "deflate", compressed(t, zlibbed, right), "", ""},
		"deflate, wrong":               {"deflate", "deflate", compressed(t, zlibbed, wrong), enum, ""},
		"deflate without its header":   {"deflate", "deflate", compressed(t, deflated, wrong), enum, ""},
		"deflate that is none":         {"deflate", "deflate", "\xff\xff\xff", header + "is deflate, and the body is not [responses/200/encoding]", ""},
		"deflate of too much":          {"", "deflate", compressed(t, zlibbed, strings.Repeat(" ", 2<<20)), "", "status, answer 200, body: is deflate of more than 1048576 bytes [not-judged]"},
		"deflate, then gzip":           {"", "deflate, gzip", zip(compressed(t, zlibbed, wrong)), enum, ""},
		"gzip, then identity":          {"gzip", "gzip, identity", zip(wrong), enum, ""},
		"identity":                     {"gzip", "identity", wrong, enum, ""},
		"six codings":                  {"", "gzip,gzip,gzip,gzip,gzip,gzip", zip(right), "", "status, answer 200, body: has more than 5 content codings [not-judged]"},
		"br that is accepted":          {"gzip, deflate, br;q=0.9", "br", "\x0b\x02", "", unknown},
		"br, and nothing is asked":     {"", "br", "\x0b\x02", "", unknown},
		"zstd for anything":            {"gzip;q=0, *", "zstd", "\x28\xb5", "", unknown},
		"br, then gzip":                {"", "br, gzip", zip("\x0b\x02"), "", unknown},
		"a word that is no coding":     {"", "nonsense", right, "", unknown},
		"br for gzip":                  {"gzip", "br", "\x0b\x02", refused, ""},
		"zstd, one of two":             {"gzip", "zstd, gzip", zip("\x28\xb5"), refused, ""},
		"gzip for identity":            {"identity", "gzip", zip(right), refused, ""},
		"gzip with no weight":          {"gzip;q=0, *", "gzip", zip(right), refused, ""},
		"gzip with no weight, to 3":    {"gzip ; Q=0.000", "gzip", zip(right), refused, ""},
		"gzip with little weight":      {"gzip;q=0.001", "gzip", zip(wrong), enum, ""},
		"anything but what is refused": {"*;q=0", "gzip", zip(right), refused, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, judge := range []*checker.Checker{newChecker(t), newChecker(t, checker.Thorough())} {
				e := checker.Exchange{
					Method: http.MethodGet, Target: link + "/status", RequestHeader: http.Header{"Authorization": {"Digest x"}}, Status: http.StatusOK,
					ResponseHeader: http.Header{
						"Content-Type": {"application/json"}, "Vary": {"Accept-Encoding"}, "X-Mongodb-Service-Version": {"gitHash=1; versionString=1"},
						"Content-Encoding": {c.coding},
					},
					ResponseBody: []byte(c.body),
				}
				if c.accept != "" {
					e.RequestHeader.Set("Accept-Encoding", c.accept)
				}
				verdict := judge.Judge(e)
				assert.Equal(t, c.findings, strings.Join(lines(verdict.Findings), "\n"))
				assert.Equal(t, c.advice, strings.Join(lines(verdict.Advice), "\n"))
			}
		})
	}
}
