package admin_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/digest"
	"github.com/migrationlink/migrationlink/internal/secret"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/admin"
	"github.com/migrationlink/migrationlink/server/clock"
)

const (
	org        = "5f7aac56b3a0b94bcdce6d8a"
	neighbour  = "5f7aac56b3a0b94bcdce6d8b"
	privateKey = "11111111-2222-3333-4444-555555555555"
	token      = "eyJvcmdJZCI6IjQ4ODg0NDJhMzM1NDgxN2E3MzIwZWI2MSJ9"
)

// stage is a stand-in with its admin interface, and a client of it.
type stage struct {
	admin  *admin.Admin
	client *client.Client
	wire   http.RoundTripper
	url    string
}

func newStage(t *testing.T, change ...func(*admin.Config)) *stage {
	t.Helper()
	now := clock.Stopped(time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC))
	s := new(stage)
	standIn, err := server.New(server.Config{
		Organizations: []server.Organization{{ID: org}, {ID: neighbour, Link: migrationlink.StatusNotSynced}},
		APIKeys: []server.APIKey{{PublicKey: "ownerkey", PrivateKey: migrationlink.NewSecret(privateKey), Roles: map[migrationlink.OrgID][]server.Role{
			org: {server.RoleOrgOwner}, neighbour: {server.RoleOrgOwner},
		}}},
		Now:    now.Now,
		Report: func(e checker.Exchange, v checker.Verdict) { s.admin.Report(e, v) },
	})
	require.NoError(t, err)
	config := admin.Config{Server: standIn, Clock: now}
	for _, c := range change {
		c(&config)
	}
	s.admin, err = admin.New(config)
	require.NoError(t, err)
	listener := httptest.NewServer(standIn)
	t.Cleanup(listener.Close)
	s.client, err = client.New(client.APIKey("ownerkey", privateKey), client.BaseURL(listener.URL), client.Attempts(1))
	require.NoError(t, err)
	s.wire, s.url = digest.NewTransport("ownerkey", privateKey), listener.URL+"/api/public/v1.0/orgs/"+org+"/liveExport/migrationLink"
	return s
}

// ask asks the admin interface, as from this machine, and returns status and content without the line break.
func (s *stage) ask(t *testing.T, method, target, body string, header ...string) (status int, content string) {
	t.Helper()
	w := s.answer(t, method, target, body, header...)
	return w.Code, strings.TrimSpace(w.Body.String())
}

func (s *stage) answer(t *testing.T, method, target, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	r.Host = "127.0.0.1:8081"
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		} else {
			r.Header.Set(header[i], header[i+1])
		}
	}
	w := httptest.NewRecorder()
	s.admin.ServeHTTP(w, r)
	return w
}

func TestWhatWasAskedAndHowItIs(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	_, err := s.client.Connect(t.Context(), org, migrationlink.NewLinkToken(token))
	require.NoError(t, err)
	_, err = s.client.Status(t.Context(), org)
	require.NoError(t, err)

	for target, want := range map[string]string{
		"/health":                         `{"status":"ok"}`,
		"/ready":                          `{"status":"ready"}`,
		"/clock":                          `{"now":"2026-11-25T12:00:00Z"}`,
		"/journal?limit=0":                `{"total":3,"matching":3,"entries":[]}`,
		"/journal?operation=status":       `{"total":3,"matching":1,"entries":[{"number":3,"at":"2026-11-25T12:00:00Z","operation":"status","status":200,"caller":"ownerkey","orgId":"` + org + `"}]}`,
		"/journal?status=401&limit=1":     `{"total":3,"matching":1,"entries":[{"number":1,"at":"2026-11-25T12:00:00Z","operation":"connect","status":401,"probe":true}]}`,
		"/journal?after=2&caller=nobody":  `{"total":3,"matching":0,"entries":[]}`,
		"/journal?after=2&orgId=" + org:   `{"total":3,"matching":1,"entries":[{"number":3,"at":"2026-11-25T12:00:00Z","operation":"status","status":200,"caller":"ownerkey","orgId":"` + org + `"}]}`,
		"/journal?errorCode=RATE_LIMITED": `{"total":3,"matching":0,"entries":[]}`,
		"/links": `{"organizations":[{"orgId":"` + org + `","status":"SYNCED","connectedAt":"2026-11-25T12:00:00Z"},` +
			`{"orgId":"` + neighbour + `","status":"NOT_SYNCED","connectedAt":"2026-11-25T12:00:00Z"}]}`,
		"/faults":   `{"faults":[]}`,
		"/findings": `{"exchanges":3,"valid":3,"notJudged":0,"findings":[],"advice":[]}`,
	} {
		status, content := s.ask(t, http.MethodGet, target, "")
		assert.Equal(t, http.StatusOK, status, target)
		assert.Equal(t, want, content, target)
	}
	_, content := s.ask(t, http.MethodGet, "/coverage", "")
	var coverage struct {
		Sums []struct {
			Kind string
			Seen int
		}
	}
	require.NoError(t, json.Unmarshal([]byte(content), &coverage))
	assert.Equal(t, "operation", coverage.Sums[0].Kind)
	assert.Equal(t, 2, coverage.Sums[0].Seen)
}

func TestTheClockIsPutForward(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	status, content := s.ask(t, http.MethodPost, "/clock/advance", `{"by":"61s"}`)
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, `{"now":"2026-11-25T12:01:01Z"}`, content)

	const want = `{"error":400,"detail":"by: want how far, like 61s or 1h30m, more than 0 and at most ten years","errorCode":"VALIDATION_ERROR"}`
	for _, by := range []string{`"-1s"`, `"0s"`, `"61"`, `""`, `"900000h"`} {
		status, content = s.ask(t, http.MethodPost, "/clock/advance", `{"by":`+by+`}`)
		assert.Equal(t, http.StatusBadRequest, status)
		assert.Equal(t, want, content)
	}
	_, content = s.ask(t, http.MethodGet, "/clock", "")
	assert.Equal(t, `{"now":"2026-11-25T12:01:01Z"}`, content, "what was refused did nothing")
}

func TestFaultsAreSetAndTakenOut(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	status, content := s.ask(t, http.MethodPost, "/faults", `{"operation":"status","error":"RATE_LIMITED","retryAfter":"3s","next":2}`)
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, `{"id":1,"fault":{"operation":"status","next":2,"error":"RATE_LIMITED","retryAfter":"3s"},"struck":0,"over":false}`, content)

	_, err := s.client.Status(t.Context(), org)
	require.ErrorContains(t, err, "429")
	_, content = s.ask(t, http.MethodGet, "/faults", "")
	assert.Contains(t, content, `"struck":1`)
	_, content = s.ask(t, http.MethodGet, "/journal?fault=RATE_LIMITED", "")
	assert.Contains(t, content, `"matching":1`)

	for _, tt := range []struct {
		method, target, body string
		status               int
		content              string
	}{
		{http.MethodPost, "/faults", `{"operation":"disconect","fault":"reset"}`, 400,
			`{"error":400,"detail":"operation \"disconect\" is none of connect, status, disconnect; did you mean disconnect?","errorCode":"VALIDATION_ERROR"}`},
		{http.MethodDelete, "/faults/7", "", 404, `{"error":404,"detail":"no fault has this id","errorCode":"RESOURCE_NOT_FOUND"}`},
		{http.MethodDelete, "/faults/x", "", 404, `{"error":404,"detail":"no fault has this id","errorCode":"RESOURCE_NOT_FOUND"}`},
		{http.MethodDelete, "/faults/1", "", 204, ""},
		{http.MethodDelete, "/faults", "", 204, ""},
		{http.MethodGet, "/faults", "", 200, `{"faults":[]}`},
	} {
		status, content := s.ask(t, tt.method, tt.target, tt.body)
		assert.Equal(t, tt.status, status, "%s %s", tt.method, tt.target)
		assert.Equal(t, tt.content, content)
	}
}

func TestResetIsAsAtTheStart(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	_, err := s.client.Connect(t.Context(), org, migrationlink.NewLinkToken(token))
	require.NoError(t, err)
	require.NoError(t, s.client.Disconnect(t.Context(), neighbour))
	s.ask(t, http.MethodPost, "/faults", `{"fault":"reset"}`)

	status, content := s.ask(t, http.MethodPost, "/reset", "")
	assert.Equal(t, http.StatusNoContent, status)
	assert.Empty(t, content)
	for target, want := range map[string]string{
		"/journal": `{"total":0,"matching":0,"entries":[]}`,
		"/faults":  `{"faults":[]}`,
		"/links": `{"organizations":[{"orgId":"` + org + `","status":"NOT_SYNCED"},` +
			`{"orgId":"` + neighbour + `","status":"NOT_SYNCED","connectedAt":"2026-11-25T12:00:00Z"}]}`,
		"/findings": `{"exchanges":0,"valid":0,"notJudged":0,"findings":[],"advice":[]}`,
	} {
		_, content := s.ask(t, http.MethodGet, target, "")
		assert.Equal(t, want, content, target)
	}
}

func TestReadinessFalls(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(c *admin.Config) { c.Ready = func() bool { return false } })
	status, content := s.ask(t, http.MethodGet, "/ready", "")
	assert.Equal(t, http.StatusServiceUnavailable, status)
	assert.Equal(t, `{"error":503,"detail":"the stand-in is being stopped","errorCode":"SERVICE_UNAVAILABLE"}`, content)
	status, _ = s.ask(t, http.MethodGet, "/health", "")
	assert.Equal(t, http.StatusOK, status)
}

// A page that somebody else has opened in a browser on this machine can send requests to it. It must not get in.
func TestNobodyGetsInFromElsewhere(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	const (
		host   = `{"error":403,"detail":"the Host is no loopback address; by any other the admin interface wants a token"}`
		origin = `{"error":403,"detail":"the Origin is another: no page of elsewhere gets in"}`
		media  = `{"error":415,"detail":"want Content-Type: application/json","errorCode":"UNSUPPORTED_MEDIA_TYPE"}`
	)
	for _, tt := range []struct {
		name   string
		header []string
		want   string
	}{
		{"a name that resolves to here", []string{"Host", "evil.example:8081"}, host},
		{"an address of this machine that others reach", []string{"Host", "192.0.2.1:8081"}, host},
		{"no host", []string{"Host", ""}, host},
		{"a page of elsewhere", []string{"Origin", "https://evil.example"}, origin},
		{"a page of a file", []string{"Origin", "null"}, origin},
		{"a page of another port here", []string{"Origin", "http://127.0.0.1:9999"}, origin},
		{"a form of elsewhere", []string{"Sec-Fetch-Site", "cross-site"}, origin},
		{"a form", []string{"Content-Type", "text/plain"}, media},
		{"a form in the browser's own type", []string{"Content-Type", "application/x-www-form-urlencoded"}, media},
	} {
		_, content := s.ask(t, http.MethodPost, "/clock/advance", `{"by":"1h"}`, tt.header...)
		assert.Equal(t, tt.want, content, tt.name)
	}
	_, content := s.ask(t, http.MethodGet, "/clock", "")
	assert.Equal(t, `{"now":"2026-11-25T12:00:00Z"}`, content)
	for _, host := range []string{"localhost:8081", "LOCALHOST", "localhost.:8081", "[::1]:8081", "127.0.0.2", "[::1]", "[::ffff:127.0.0.1]:1"} {
		status, _ := s.ask(t, http.MethodGet, "/clock", "", "Host", host, "Origin", "http://"+host)
		assert.Equal(t, http.StatusOK, status, host)
	}
}

func TestWithATokenOnlyWhoHasItGetsIn(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(c *admin.Config) { c.Token = migrationlink.NewSecret("open sesame") })
	for _, header := range [][]string{nil, {"Authorization", "Bearer open"}, {"Authorization", "Basic open sesame"}, {"Authorization", "Bearer"}} {
		w := s.answer(t, http.MethodGet, "/journal", "", header...)
		assert.Equal(t, http.StatusUnauthorized, w.Code)
		assert.Equal(t, "Bearer", w.Header().Get("WWW-Authenticate"))
		assert.Equal(t, `{"error":401,"detail":"want the token of the admin interface: Authorization: Bearer …"}`, strings.TrimSpace(w.Body.String()))
	}
	status, _ := s.ask(t, http.MethodGet, "/journal", "", "Authorization", "Bearer open sesame", "Host", "stand-in.example")
	assert.Equal(t, http.StatusOK, status)
	for _, probe := range []string{"/health", "/ready"} {
		status, _ := s.ask(t, http.MethodGet, probe, "", "Host", "10.0.0.1")
		assert.Equal(t, http.StatusOK, status, "whoever keeps the process running has no token")
	}
}

func TestWhatIsAskedForWrongly(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, tt := range []struct {
		method, target, body string
		content              string
	}{
		{http.MethodGet, "/", "", `{"error":404,"detail":"there is no such page; see docs/admin.md","errorCode":"RESOURCE_NOT_FOUND"}`},
		{http.MethodPut, "/faults", "", `{"error":405,"detail":"want DELETE, GET, HEAD, POST","errorCode":"METHOD_NOT_ALLOWED"}`},
		{http.MethodGet, "/reset", "", `{"error":405,"detail":"want POST","errorCode":"METHOD_NOT_ALLOWED"}`},
		{http.MethodGet, "/journal?status=x", "", `{"error":400,"detail":"status: want a number, from 0 up","errorCode":"VALIDATION_ERROR"}`},
		{http.MethodGet, "/journal?limit=-1", "", `{"error":400,"detail":"limit: want a number, from 0 up","errorCode":"VALIDATION_ERROR"}`},
		{http.MethodGet, "/journal?limit=1&limit=2", "", `{"error":400,"detail":"a query parameter is given more than once","errorCode":"VALIDATION_ERROR"}`},
		{http.MethodGet, "/journal?" + token, "", `{"error":400,"detail":"want the query parameters operation, status, errorCode, caller, orgId, fault, after, limit","errorCode":"VALIDATION_ERROR"}`},
		{http.MethodGet, "/journal?a=%zz", "", `{"error":400,"detail":"the query does not parse","errorCode":"VALIDATION_ERROR"}`},
		{http.MethodPost, "/clock/advance", `{"by":"1s"}{}`, `{"error":400,"detail":"the content has more than one value","errorCode":"VALIDATION_ERROR"}`},
		{http.MethodPost, "/clock/advance", `{"by":"1s","` + token + `":2}`, `{"error":400,"detail":"the content is not what is wanted here; see docs/admin.md","errorCode":"VALIDATION_ERROR"}`},
		{http.MethodPost, "/clock/advance", strings.Repeat(" ", 64<<10) + `{"by":"1s"}`, `{"error":413,"detail":"the content is larger than 65536 bytes","errorCode":"REQUEST_ENTITY_TOO_LARGE"}`},
	} {
		_, content := s.ask(t, tt.method, tt.target, tt.body)
		assert.Equal(t, tt.content, content, "%s %s", tt.method, tt.target)
	}
	w := s.answer(t, http.MethodPut, "/faults", "")
	assert.Equal(t, "DELETE, GET, HEAD, POST", w.Header().Get("Allow"))
	assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	_, err := admin.New(admin.Config{})
	assert.EqualError(t, err, "admin: Server and Clock are required")
}

// Whatever went over the wire of the API, the admin interface shows no credential.
func TestNoCredentialIsShown(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, target := range []string{s.url, s.url + "?" + token + "=" + token, s.url + "/" + token} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader(`{"linkToken":"`+token+`","`+token+`":1}`))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-"+token, token)
		answer, err := s.wire.RoundTrip(r)
		require.NoError(t, err)
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
	}
	var shown strings.Builder
	for _, target := range []string{"/journal", "/links", "/coverage", "/findings", "/faults", "/" + token, "/faults/" + token} {
		_, content := s.ask(t, http.MethodGet, target, "")
		shown.WriteString(content)
	}
	_, content := s.ask(t, http.MethodPost, "/clock/advance", `{"by":"`+token+`"}`)
	shown.WriteString(content)
	assert.Greater(t, shown.Len(), 1000)
	assert.Empty(t, secret.Find([]byte(shown.String()), secret.New("link-token", token), secret.New("private key", privateKey)))
}

func TestTheClockNeverGoesBack(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for range 10 {
		status, _ := s.ask(t, http.MethodPost, "/clock/advance", `{"by":"87600h"}`)
		require.Equal(t, http.StatusOK, status)
	}
	status, content := s.ask(t, http.MethodPost, "/clock/advance", `{"by":"1s"}`)
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Equal(t, `{"error":400,"detail":"by: the clock is put forward by a hundred years at most, in all","errorCode":"VALIDATION_ERROR"}`, content)
	_, content = s.ask(t, http.MethodGet, "/clock", "")
	assert.Equal(t, `{"now":"2126-11-01T12:00:00Z"}`, content)
}

func TestContentIsRefusedWhereNoneIsWanted(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	status, content := s.ask(t, http.MethodPost, "/reset", "x=y", "Content-Type", "text/plain")
	assert.Equal(t, http.StatusUnsupportedMediaType, status)
	assert.Equal(t, `{"error":415,"detail":"want Content-Type: application/json","errorCode":"UNSUPPORTED_MEDIA_TYPE"}`, content)
	status, content = s.ask(t, http.MethodPost, "/clock/advance", `{"by":"1s"}}`)
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Equal(t, `{"error":400,"detail":"the content has more than one value","errorCode":"VALIDATION_ERROR"}`, content)
}
