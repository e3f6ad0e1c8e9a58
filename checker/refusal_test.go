package checker_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/migrationlink/migrationlink/checker"
)

// A refusal is convicted for its status where the contract says which, and what is wrong with the request is all that it can mean.
func TestARefusalHasTheStatusThatTheContractSays(t *testing.T) {
	t.Parallel()
	const (
		want415 = "connect, answer 400, status: a request that breaks requestBody/mediaType is refused with 415 [responses/rejection, our decision unsupported-media-type]"
		want404 = "connect, answer 413, status: a request that breaks schema/pattern is refused with 404 [responses/rejection, our decision org-id-malformed]"
	)
	form := func(e *checker.Exchange) { e.RequestHeader.Set("Content-Type", "text/plain") }
	malformed := func(e *checker.Exchange) { e.Target = strings.Replace(e.Target, "5f7a", "x", 1) }
	undeclared := func(e *checker.Exchange) { e.Target += "?x=1" }
	stranger := func(e *checker.Exchange) { e.RequestHeader.Del("Authorization") }
	for name, c := range map[string]struct {
		status int
		wrong  []func(*checker.Exchange)
		want   []string
	}{
		"what it says":                             {415, []func(*checker.Exchange){form}, []string{}},
		"another":                                  {400, []func(*checker.Exchange){form}, []string{want415}},
		"one that says nothing of the request":     {404, []func(*checker.Exchange){form}, []string{}},
		"two things wrong, the first is told":      {404, []func(*checker.Exchange){malformed, form}, []string{}},
		"two things wrong, the second is told":     {415, []func(*checker.Exchange){malformed, form}, []string{}},
		"two things wrong, neither is told":        {413, []func(*checker.Exchange){malformed, form}, []string{want404}},
		"two things wrong, one of them by no rule": {400, []func(*checker.Exchange){form, undeclared}, []string{}},
		"a status that is not declared":            {422, []func(*checker.Exchange){form}, []string{"connect, answer 422, status: is not declared for the operation [responses/422]"}},
		"nobody signed in":                         {400, []func(*checker.Exchange){form, stranger}, []string{"connect, answer 400, status: is told to a request without credentials [x-before-sign-in]"}},
	} {
		e := checker.Exchange{
			Method: http.MethodPost, Target: link, RequestBody: []byte(`{"linkToken":"x"}`), Status: c.status,
			RequestHeader:  http.Header{"Authorization": {"Digest"}, "Content-Type": {"application/json"}},
			ResponseHeader: http.Header{"Content-Type": {"application/json"}}, ResponseBody: fmt.Appendf(nil, `{"error":%d}`, c.status),
		}
		for _, wrong := range c.wrong {
			wrong(&e)
		}
		judge := newChecker(t)
		assert.Equal(t, c.want, lines(judge.JudgeAnswer(e, judge.JudgeRequest(e)).Findings), name)
	}
}
