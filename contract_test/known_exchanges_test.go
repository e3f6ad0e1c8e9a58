package contract_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/requests"
)

// knownExchanges are all that the tests know of right and wrong, as data: those written by hand, the requests made from the contract, and
// answers made from it.
func knownExchanges(t testing.TB) []checker.Exchange {
	t.Helper()
	var all []checker.Exchange
	right := rightExchanges()
	for _, name := range slices.Sorted(maps.Keys(right)) {
		all = append(all, right[name])
	}
	milder := looksWrong()
	for _, name := range slices.Sorted(maps.Keys(milder)) {
		e := rightExchanges()[milder[name].of]
		milder[name].change(&e)
		all = append(all, e)
	}
	for _, c := range wrongExchanges() {
		e := rightExchanges()[c.of]
		c.change(&e)
		all = append(all, e)
	}
	return slices.Concat(all, madeRequests(t), madeAnswers(t))
}

// madeRequests are signed in, right ones by either scheme, and not answered.
func madeRequests(t testing.TB) []checker.Exchange {
	t.Helper()
	judge, err := checker.New(checker.Thorough(), checker.AlsoAt())
	require.NoError(t, err)
	var all []checker.Exchange
	for _, base := range judge.BasePaths() {
		maker, err := requests.New(migrationlink.OpenAPI(), judge, requests.Config{
			Base: base, Variants: 1, Keep: func(name string) bool { return !strings.HasSuffix(name, "maxBytes") }, // a mebibyte each; one is written by hand
		})
		require.NoError(t, err)
		for _, c := range slices.Concat(maker.Right(), maker.Wrong()) {
			for _, r := range c.Requests {
				for _, credentials := range []string{"Digest x", "Bearer x"} {
					if credentials == "Bearer x" && c.Rule != "" {
						continue
					}
					e, err := r.Exchange()
					require.NoError(t, err)
					e.RequestHeader.Set("Authorization", credentials)
					all = append(all, e)
				}
			}
		}
	}
	return all
}

// madeAnswers are, for each status of each operation, the right answer and ones that are wrong in one thing.
func madeAnswers(t testing.TB) []checker.Exchange {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(migrationlink.OpenAPI())
	require.NoError(t, err)
	a := &answers{t: t, spoilt: make(map[*openapi3.Schema]bool)}
	for _, template := range doc.Paths.InMatchingOrder() {
		operations := doc.Paths.Value(template).Operations()
		for _, method := range slices.Sorted(maps.Keys(operations)) {
			declared := operations[method].Responses.Map()
			for _, status := range slices.Sorted(maps.Keys(declared)) {
				e := checker.Exchange{
					Method: method, Target: basePath + strings.ReplaceAll(template, "{orgId}", exampleOrg),
					RequestHeader: http.Header{"Authorization": {"Digest x"}},
				}
				if operations[method].RequestBody != nil {
					e.RequestHeader.Set("Content-Type", "application/json")
					e.RequestBody = []byte(linkRequest())
				}
				e.Status, err = strconv.Atoi(status)
				require.NoError(t, err)
				a.add(e, declared[status].Value)
			}
		}
	}
	return append(a.all, a.deep...)
}

type answers struct {
	t      testing.TB
	all    []checker.Exchange
	deep   []checker.Exchange // wrong somewhere in the content; many, so they come last
	spoilt map[*openapi3.Schema]bool
}

func (a *answers) add(e checker.Exchange, response *openapi3.Response) {
	header := make(http.Header)
	for name, h := range response.Headers {
		header.Set(name, fmt.Sprint(h.Value.Example))
	}
	made := func(body []byte, change func(*checker.Exchange)) checker.Exchange {
		one := e
		one.RequestHeader, one.ResponseHeader, one.ResponseBody = e.RequestHeader.Clone(), header.Clone(), body
		if len(body) > 0 {
			one.ResponseHeader.Set("Content-Type", "application/json")
		}
		change(&one)
		return one
	}
	with := func(body []byte, change func(*checker.Exchange)) { a.all = append(a.all, made(body, change)) }
	keep := func(*checker.Exchange) {}
	var right []byte
	if media := response.Content["application/json"]; media != nil {
		for _, branch := range media.Schema.Value.OneOf {
			envelope := keep
			if parameter, conditional := branch.Value.Extensions["x-when"].(string); conditional {
				envelope = func(e *checker.Exchange) { e.Target += "?" + parameter + "=true" }
			}
			value := sample(branch.Value, e.Status)
			body := encoded(a.t, value)
			if right == nil {
				right = body
			}
			with(body, envelope)
			if a.spoilt[branch.Value] {
				continue // the rules are the same with another status
			}
			a.spoilt[branch.Value] = true
			for _, wrong := range spoilt(value) {
				a.deep = append(a.deep, made(encoded(a.t, wrong), envelope))
			}
		}
		with([]byte(`{"unknown":1}`), keep)
		with(right, func(e *checker.Exchange) { e.ResponseHeader.Set("Content-Type", "text/plain") })
	}
	with(right, keep)
	with(nil, keep)
	with([]byte(`{}`), keep)
	with(right, func(e *checker.Exchange) { e.RequestHeader.Del("Authorization") })
	for name := range response.Headers {
		with(right, func(e *checker.Exchange) { e.ResponseHeader.Del(name) })
		with(right, func(e *checker.Exchange) { e.ResponseHeader.Set(name, "") })
	}
}

func encoded(t testing.TB, value any) []byte {
	t.Helper()
	body, err := json.Marshal(value)
	require.NoError(t, err)
	return body
}

// sample is a right value with every property. A number is the HTTP status: the contract has no other.
func sample(s *openapi3.Schema, status int) any {
	switch {
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Type.Is(openapi3.TypeObject):
		object := make(map[string]any)
		for name, property := range s.Properties {
			object[name] = sample(property.Value, status)
		}
		return object
	case s.Type.Is(openapi3.TypeArray):
		return []any{sample(s.Items.Value, status)}
	case s.Type.Is(openapi3.TypeInteger):
		return status
	case s.Format == "date-time":
		return "2026-11-23T10:00:00Z"
	case s.Nullable:
		return nil
	default:
		return "X"
	}
}

// spoilt are copies of a value, each of which has one thing exchanged, missing or too much, at whatever depth.
func spoilt(value any) []any {
	all := []any{nil, true, 1, 9999, "a b"}
	switch v := value.(type) {
	case map[string]any:
		more := maps.Clone(v)
		more["unknown"] = 1
		all = append(all, more)
		for _, name := range slices.Sorted(maps.Keys(v)) {
			fewer := maps.Clone(v)
			delete(fewer, name)
			all = append(all, fewer)
			for _, wrong := range spoilt(v[name]) {
				other := maps.Clone(v)
				other[name] = wrong
				all = append(all, other)
			}
		}
	case []any:
		for _, wrong := range spoilt(v[0]) {
			all = append(all, []any{wrong})
		}
	}
	return all
}
