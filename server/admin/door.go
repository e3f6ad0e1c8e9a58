package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/loopback"
)

// maxContent is the largest content that is read, in bytes.
const maxContent = 64 << 10

// handler answers with a value for JSON, or a failure.
type handler func(r *http.Request) (any, error)

// failure is an error with a status and a text for whoever asked.
type failure struct {
	status int
	detail string
}

func (f *failure) Error() string { return f.detail }

func failf(status int, format string, args ...any) error {
	return &failure{status, fmt.Sprintf(format, args...)}
}

// codes are the errorCodes of the API for what is refused here.
var codes = map[int]migrationlink.Code{
	http.StatusBadRequest: migrationlink.CodeValidationError, http.StatusNotFound: migrationlink.CodeResourceNotFound, http.StatusMethodNotAllowed: migrationlink.CodeMethodNotAllowed,
	http.StatusUnsupportedMediaType: migrationlink.CodeUnsupportedMediaType, http.StatusRequestEntityTooLarge: migrationlink.CodeRequestEntityTooLarge,
	http.StatusInternalServerError: migrationlink.CodeUnexpectedError, http.StatusServiceUnavailable: migrationlink.CodeServiceUnavailable,
}

// refuse answers with an error in the API's shape.
func refuse(w http.ResponseWriter, status int, detail string) {
	answer(w, status, struct {
		Error  int                `json:"error"`
		Detail string             `json:"detail"`
		Code   migrationlink.Code `json:"errorCode,omitempty"`
	}{status, detail, codes[status]})
}

func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // who has gone away can't be told
}

// route serves the methods of a path; HEAD goes with GET.
func (a *Admin) route(path string, methods map[string]handler) {
	var allowed []string
	for method := range methods {
		allowed = append(allowed, method)
		if method == http.MethodGet {
			allowed = append(allowed, http.MethodHead)
		}
	}
	slices.Sort(allowed)
	a.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		serve, has := methods[method]
		if !has {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			refuse(w, http.StatusMethodNotAllowed, "want "+strings.Join(allowed, ", "))
			return
		}
		if r.ContentLength != 0 && !isJSON(r) { // also where it is not read: a form of elsewhere has a type of its own
			refuse(w, http.StatusUnsupportedMediaType, "want Content-Type: application/json")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxContent)
		value, err := serve(r)
		var f *failure
		switch {
		case errors.As(err, &f):
			refuse(w, f.status, f.detail)
		case err != nil:
			refuse(w, http.StatusInternalServerError, "unexpected error: "+err.Error())
		case value == nil:
			w.WriteHeader(http.StatusNoContent)
		default:
			answer(w, http.StatusOK, value)
		}
	})
}

// admitted lets a request in by token or, where there is none, by where it comes from.
func (a *Admin) admitted(w http.ResponseWriter, r *http.Request) bool {
	switch {
	case !a.config.Token.IsZero() && r.URL.Path != "/health" && r.URL.Path != "/ready" && !bears(r, a.config.Token):
		w.Header().Set("WWW-Authenticate", "Bearer")
		refuse(w, http.StatusUnauthorized, "want the token of the admin interface: Authorization: Bearer …")
	case a.config.Token.IsZero() && !loopback.Host(hostOf(r)):
		refuse(w, http.StatusForbidden, "the Host is no loopback address; by any other the admin interface wants a token")
	case a.config.Token.IsZero() && !sameOrigin(r):
		refuse(w, http.StatusForbidden, "the Origin is another: no page of elsewhere gets in")
	default:
		return true
	}
	return false
}

// bears compares in constant time, the length included.
func bears(r *http.Request, token migrationlink.Secret) bool {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return false
	}
	scheme, credentials, _ := strings.Cut(values[0], " ")
	given := migrationlink.NewSecret(strings.TrimSpace(credentials))
	return strings.EqualFold(scheme, "Bearer") && given.Equal(token)
}

// hostOf returns the host that a request names, without the port.
func hostOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		return strings.Trim(r.Host, "[]")
	}
	return host
}

func sameOrigin(r *http.Request) bool {
	given := r.Header.Values("Origin")
	if len(given) == 0 {
		return r.Header.Get("Sec-Fetch-Site") != "cross-site"
	}
	origin, err := url.Parse(given[0])
	return err == nil && len(given) == 1 && origin.Host == r.Host
}

func isJSON(r *http.Request) bool {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && mediaType == "application/json"
}

// content reads the one JSON object that a request has.
func content(r *http.Request, into any) error {
	if !isJSON(r) {
		return failf(http.StatusUnsupportedMediaType, "want Content-Type: application/json")
	}
	read, err := io.ReadAll(r.Body)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return failf(http.StatusRequestEntityTooLarge, "the content is larger than %d bytes", maxContent)
	case err != nil:
		return failf(http.StatusBadRequest, "the content was cut off")
	}
	if unmarshaler, itself := into.(json.Unmarshaler); itself {
		if err := unmarshaler.UnmarshalJSON(read); err != nil {
			return failf(http.StatusBadRequest, "%v", err)
		}
		return nil
	}
	decoder := json.NewDecoder(strings.NewReader(string(read)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return failf(http.StatusBadRequest, "the content is not what is wanted here; see docs/admin.md")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) { // More takes a bracket too many for the end
		return failf(http.StatusBadRequest, "the content has more than one value")
	}
	return nil
}
