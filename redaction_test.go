package migrationlink_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"log"
	"log/slog"
	"strings"
	"testing"
	"text/template"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/secret"
)

const (
	// The shape of a real token: base64 of JSON that holds an API key.
	token = "eyJvcmdJZCI6IjVmN2FhYzU2YjNhMGI5NGJjZGNlNmQ4YSIsIm9yZ05hbWUiOiJUYXJnZXQiLCJwdWJsaWNBcGlLZXkiOiJhYmNkZWZnaCIs" +
		"InByaXZhdGVBcGlLZXkiOiIwMTIzNDU2Ny04OWFiLWNkZWYtMDEyMy00NTY3ODlhYmNkZWYifQ=="
	tokenContent = `{"orgId":"5f7aac56b3a0b94bcdce6d8a","orgName":"Target","publicApiKey":"abcdefgh",` +
		`"privateApiKey":"01234567-89ab-cdef-0123-456789abcdef"}`

	redacted = "[redacted]"
	hidden   = "a link-token is a credential and is not encoded; LinkToken.Reveal gives it to whoever must have it"
)

type exported struct {
	Token migrationlink.LinkToken
}

type unexported struct {
	token migrationlink.LinkToken
}

// TestPrintingShowsNothing goes through every verb and every place that a token can be printed from.
func TestPrintingShowsNothing(t *testing.T) {
	t.Parallel()
	verbs := []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%p", "%t", "%10.3s", "%!"}
	hold := []struct {
		name  string
		value func(migrationlink.LinkToken) any
		whole bool // the output is nothing but [redacted]
	}{
		{"value", func(l migrationlink.LinkToken) any { return l }, true},
		{"marked for a request", func(l migrationlink.LinkToken) any { return l.ForRequest() }, true},
		{"pointer", func(l migrationlink.LinkToken) any { return &l }, true},
		{"pointer to a pointer", func(l migrationlink.LinkToken) any { p := &l; return &p }, false},
		{"exported field", func(l migrationlink.LinkToken) any { return exported{l} }, false},
		{"exported field behind a pointer", func(l migrationlink.LinkToken) any { return &exported{l} }, false},
		{"unexported field", func(l migrationlink.LinkToken) any { return unexported{l} }, false},
		{"unexported field behind a pointer", func(l migrationlink.LinkToken) any { return &unexported{l.ForRequest()} }, false},
		{"slice", func(l migrationlink.LinkToken) any { return []migrationlink.LinkToken{l, l} }, false},
		{"array", func(l migrationlink.LinkToken) any { return [1]migrationlink.LinkToken{l} }, false},
		{"map", func(l migrationlink.LinkToken) any { return map[string]migrationlink.LinkToken{"a": l} }, false},
		{"slice of anything", func(l migrationlink.LinkToken) any { return []any{l, &l, unexported{l}} }, false},
	}
	for _, h := range hold {
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			for _, verb := range verbs {
				out := fmt.Sprintf(verb, h.value(migrationlink.NewLinkToken(token)))
				assertShowsNothing(t, out, verb)
				if h.whole && verb != "%p" && verb != "%!" {
					assert.Equal(t, redacted, out, verb)
				}
			}
		})
	}
}

// TestNothingElseShowsAToken hands a token to everything that prints or encodes values. want is the whole output, or the whole
// error; it is left out where addresses and places in this file are part of it.
func TestNothingElseShowsAToken(t *testing.T) {
	t.Parallel()
	jsonHidden := "json: error calling MarshalJSON for type migrationlink.LinkToken: " + hidden
	tests := []struct {
		name  string
		print func(migrationlink.LinkToken) string
		want  string
	}{
		{"String", migrationlink.LinkToken.String, redacted},
		{"GoString", migrationlink.LinkToken.GoString, redacted},
		{"Sprint", func(l migrationlink.LinkToken) string { return fmt.Sprint(l, l) }, "[redacted] [redacted]"},
		{"an error that names it", func(l migrationlink.LinkToken) string {
			return fmt.Errorf("connect with %v: %w", l, errors.New("refused")).Error()
		}, "connect with [redacted]: refused"},
		{"joined errors", func(l migrationlink.LinkToken) string {
			return errors.Join(fmt.Errorf("refused: %q", l), fmt.Errorf("refused: %#v", &l)).Error()
		}, "refused: [redacted]\nrefused: [redacted]"},
		{"a panic, recovered", func(l migrationlink.LinkToken) (out string) {
			defer func() { out = fmt.Sprint(recover()) }()
			panic(l)
		}, redacted},
		{"log", func(l migrationlink.LinkToken) string {
			var b bytes.Buffer
			log.New(&b, "", 0).Printf("token %s", l)
			return b.String()
		}, "token [redacted]\n"},
		{"slog as text", func(l migrationlink.LinkToken) string {
			return logged(textHandler, "token", l)
		}, "level=INFO msg=m token=[redacted]\n"},
		{"slog as text, in a group", func(l migrationlink.LinkToken) string {
			return logged(textHandler, slog.Group("link", "token", &l))
		}, "level=INFO msg=m link.token=[redacted]\n"},
		{"slog as text, in a struct", func(l migrationlink.LinkToken) string {
			return logged(textHandler, "link", exported{l})
		}, "level=INFO msg=m link={Token:[redacted]}\n"},
		{"slog as JSON", func(l migrationlink.LinkToken) string {
			return logged(jsonHandler, "token", l)
		}, `{"level":"INFO","msg":"m","token":"[redacted]"}` + "\n"},
		{"slog as JSON, marked for a request", func(l migrationlink.LinkToken) string {
			return logged(jsonHandler, "token", l.ForRequest())
		}, `{"level":"INFO","msg":"m","token":"[redacted]"}` + "\n"},
		{"slog as JSON, in a struct", func(l migrationlink.LinkToken) string {
			return logged(jsonHandler, "link", exported{l})
		}, `{"level":"INFO","msg":"m","link":"!ERROR:` + jsonHidden + `"}` + "\n"},
		{"JSON", func(l migrationlink.LinkToken) string {
			return outcome(json.Marshal(l))
		}, jsonHidden},
		{"JSON of a pointer", func(l migrationlink.LinkToken) string {
			return outcome(json.Marshal(&l))
		}, "json: error calling MarshalJSON for type *migrationlink.LinkToken: " + hidden},
		{"JSON of a struct", func(l migrationlink.LinkToken) string {
			return outcome(json.MarshalIndent(exported{l}, "", " "))
		}, jsonHidden},
		{"JSON of an unexported field", func(l migrationlink.LinkToken) string {
			return outcome(json.Marshal(struct {
				Name  string
				token migrationlink.LinkToken
			}{"link", l.ForRequest()}))
		}, `{"Name":"link"}`},
		{"text", func(l migrationlink.LinkToken) string {
			return outcome(l.MarshalText())
		}, hidden},
		{"text, marked for a request", func(l migrationlink.LinkToken) string {
			return outcome(l.ForRequest().MarshalText())
		}, hidden},
		{"YAML", func(l migrationlink.LinkToken) string {
			return outcome(yaml.Marshal(exported{l.ForRequest()}))
		}, hidden},
		{"XML", func(l migrationlink.LinkToken) string {
			return outcome(xml.Marshal(exported{l.ForRequest()}))
		}, hidden},
		{"XML attribute", func(l migrationlink.LinkToken) string {
			return outcome(xml.Marshal(struct {
				XMLName xml.Name                `xml:"link"`
				Token   migrationlink.LinkToken `xml:"token,attr"`
			}{Token: l}))
		}, hidden},
		{"text/template", func(l migrationlink.LinkToken) string {
			var b bytes.Buffer
			err := template.Must(template.New("t").Parse(`{{.}} {{printf "%q %x" . .}} {{print .}} {{js .}}`)).Execute(&b, l)
			return outcome(b.Bytes(), err)
		}, "[redacted] [redacted] [redacted] [redacted] [redacted]"},
		{"html/template", func(l migrationlink.LinkToken) string {
			var b bytes.Buffer
			err := htmltemplate.Must(htmltemplate.New("t").Parse(`<a title="{{.}}">{{.}}</a>`)).Execute(&b, l)
			return outcome(b.Bytes(), err)
		}, `<a title="[redacted]">[redacted]</a>`},
		{"html/template, in a script", func(l migrationlink.LinkToken) string {
			var b bytes.Buffer
			err := htmltemplate.Must(htmltemplate.New("t").Parse(`<script>token = {{.}}</script>`)).Execute(&b, l)
			return outcome(b.Bytes(), err)
		}, "<script>token =  /* " + jsonHidden + " */null </script>"},
		{"a failed assert.Equal", func(l migrationlink.LinkToken) string {
			return failed(func(t assert.TestingT) { assert.Equal(t, exported{migrationlink.NewLinkToken("other")}, exported{l}) })
		}, ""},
		{"a failed assert.Equal, unexported", func(l migrationlink.LinkToken) string {
			return failed(func(t assert.TestingT) { assert.Equal(t, &unexported{}, &unexported{l}) })
		}, ""},
		{"a failed assert.Contains", func(l migrationlink.LinkToken) string {
			return failed(func(t assert.TestingT) { assert.Contains(t, map[string]any{"token": l}, "Token") })
		}, ""},
		{"a failed assert.Empty", func(l migrationlink.LinkToken) string {
			return failed(func(t assert.TestingT) { assert.Empty(t, l) })
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out := tt.print(migrationlink.NewLinkToken(token))
			require.NotEmpty(t, out)
			assertShowsNothing(t, out, tt.name)
			if tt.want != "" {
				assert.Equal(t, tt.want, out)
			}
		})
	}
}

func TestGobEncodesNothing(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(migrationlink.NewLinkToken(token).ForRequest())
	require.EqualError(t, err, "gob: type migrationlink.LinkToken has no exported fields")
	assertShowsNothing(t, b.String(), "gob")
}

// TestPlantedLeaksAreFound by the search that finds nothing above.
func TestPlantedLeaksAreFound(t *testing.T) {
	t.Parallel()
	l := migrationlink.NewLinkToken(token)
	tests := []struct{ name, out, want string }{
		{"revealed", fmt.Sprint("token ", l.Reveal()), "the link-token, raw, at byte 6"},
		{"twelve characters of it", l.Reveal()[30:42], "the link-token, raw, at byte 0"},
		{"in hex", fmt.Sprintf("%x", l.Reveal()), "the link-token, hex, at byte 0"},
		{"decoded", tokenContent, "what the link-token holds, raw, at byte 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			found := leaks(tt.out)
			require.NotEmpty(t, found)
			assert.Equal(t, tt.want, found[0].String())
		})
	}
}

func assertShowsNothing(t *testing.T, out, how string) {
	t.Helper()
	assert.Empty(t, leaks(out), "%s: %s", how, out)
}

// finder looks for the token, and for what is inside it.
var finder = secret.NewFinder(
	secret.New("the link-token", token),
	secret.New("what the link-token holds", tokenContent),
)

func leaks(out string) []secret.Finding { return finder.Find([]byte(out)) }

// outcome is what an encoder gave away: its output, or its error.
func outcome(b []byte, err error) string {
	if err != nil {
		return string(b) + err.Error()
	}
	return string(b)
}

func textHandler(b *bytes.Buffer) slog.Handler {
	return slog.NewTextHandler(b, &slog.HandlerOptions{ReplaceAttr: withoutTime})
}

func jsonHandler(b *bytes.Buffer) slog.Handler {
	return slog.NewJSONHandler(b, &slog.HandlerOptions{ReplaceAttr: withoutTime})
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

func logged(handler func(*bytes.Buffer) slog.Handler, args ...any) string {
	var b bytes.Buffer
	slog.New(handler(&b)).Info("m", args...)
	return b.String()
}

// failed is what a failing assertion writes.
func failed(assertion func(assert.TestingT)) string {
	var r recorder
	assertion(&r)
	return r.String()
}

type recorder struct{ strings.Builder }

func (r *recorder) Errorf(format string, args ...any) { fmt.Fprintf(r, format, args...) }
