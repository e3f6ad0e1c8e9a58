package fault_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server/fault"
)

const kinds = "reset, empty, half, garbage, endless, closedIdle, staleNonce, replayedNonce, expiredToken, revokedToken, notSynced, brokenContract, loginPage, redirect"

// TestAFaultIsTheSameInGoAndInJSON holds both ways of saying it to each other, and to the words of the journal.
func TestAFaultIsTheSameInGoAndInJSON(t *testing.T) {
	t.Parallel()
	tests := []struct {
		fault      fault.Fault
		json, text string
	}{
		{
			fault.On(migrationlink.OperationConnect).Next(2).RateLimited(3 * time.Second),
			`{"operation":"connect","next":2,"error":"RATE_LIMITED","retryAfter":"3s"}`,
			"429 RATE_LIMITED, Retry-After 3 s: the next 2 calls of connect",
		},
		{
			fault.On(fault.Any).Error("RATE_LIMITED").At(fault.BeforeSignIn),
			`{"next":1,"error":"RATE_LIMITED","when":"beforeSignIn"}`,
			"429 RATE_LIMITED, Retry-After 60 s, before sign-in: the next call",
		},
		{
			fault.On(fault.Any).Next(3).Error("SERVICE_UNAVAILABLE"),
			`{"next":3,"error":"SERVICE_UNAVAILABLE"}`,
			"503 SERVICE_UNAVAILABLE: the next 3 calls",
		},
		{
			fault.On(migrationlink.OperationStatus).Share(0.25, 7, 2).LatencyBetween(100*time.Millisecond, 300*time.Millisecond),
			`{"operation":"status","share":0.25,"seed":7,"inARow":2,"latency":"100ms-300ms"}`,
			"latency 100ms-300ms: a share of 0.25 of the calls of status, at most 2 in a row, seed 7",
		},
		{
			fault.On(migrationlink.OperationDisconnect).Latency(time.Second).At(fault.AfterEffect),
			`{"operation":"disconnect","next":1,"latency":"1s","when":"afterEffect"}`,
			"latency 1s, after the effect: the next call of disconnect",
		},
		{
			fault.On(fault.Any).RedirectTo("http://127.0.0.1:8080/login"),
			`{"next":1,"fault":"redirect","location":"http://127.0.0.1:8080/login"}`,
			"redirect to http://127.0.0.1:8080/login, before sign-in: the next call",
		},
		{
			fault.On(migrationlink.OperationConnect).Do(fault.Half),
			`{"operation":"connect","next":1,"fault":"half"}`,
			"half, after the effect: the next call of connect",
		},
		{
			fault.On(migrationlink.OperationConnect).Next(1000000).Do(fault.StaleNonce),
			`{"operation":"connect","next":1000000,"fault":"staleNonce"}`,
			"staleNonce: the next 1000000 calls of connect",
		},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, tt.fault.Validate())
			written, err := json.Marshal(tt.fault)
			require.NoError(t, err)
			assert.Equal(t, tt.json, string(written))
			var read fault.Fault
			require.NoError(t, json.Unmarshal([]byte(tt.json), &read))
			assert.Equal(t, tt.fault.String(), read.String())
			again, err := json.Marshal(read)
			require.NoError(t, err)
			assert.Equal(t, tt.json, string(again))
			assert.Equal(t, tt.text, tt.fault.String())
		})
	}
}

// TestEveryFaultIsSaidInJSONAndRead goes through all that the code has.
func TestEveryFaultIsSaidInJSONAndRead(t *testing.T) {
	t.Parallel()
	said := func(f fault.Fault) {
		require.NoError(t, f.Validate(), f.String())
		written, err := json.Marshal(f)
		require.NoError(t, err)
		var read fault.Fault
		require.NoError(t, json.Unmarshal(written, &read), "%s", written)
		assert.Equal(t, f.String(), read.String())
		assert.Equal(t, f.When(), read.When())
	}
	for _, k := range fault.Kinds() {
		for _, op := range k.Operations {
			for _, when := range k.When {
				switch k.Kind {
				case fault.Error:
				case fault.Latency:
					said(fault.On(op).Latency(time.Millisecond).At(when))
				default:
					said(fault.On(op).Do(k.Kind).At(when))
				}
			}
		}
	}
	for _, d := range fault.Errors() {
		for _, op := range d.Operations {
			for _, when := range d.When {
				said(fault.On(op).Error(d.Code).At(when))
			}
		}
	}
}

// TestTheDocumentedErrorsAreThoseOfTheContract wants every code once: none may get lost.
func TestTheDocumentedErrorsAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	var all []migrationlink.Code
	for _, d := range fault.Errors() {
		all = append(all, d.Code)
		assert.NotEmpty(t, d.Operations, d.Code)
		assert.Equal(t, fault.BeforeEffect, d.When[0], d.Code)
		assert.Equal(t, d.HTTPStatus >= 500, len(d.When) > 1 && d.When[1] == fault.AfterEffect, d.Code)
	}
	assert.Equal(t, migrationlink.Codes(), all)
}

func TestWhatIsWrongIsRefusedWithWhatWouldBeRight(t *testing.T) {
	t.Parallel()
	object := `a fault is a JSON object, like {"operation": "connect", "next": 2, "error": "RATE_LIMITED", "retryAfter": "3s"}`
	fields := "want one of operation, next, share, seed, inARow, error, retryAfter, latency, fault, location, when"
	for json, want := range map[string]string{
		`{"operation":"disconect"}`:                          `operation "disconect" is none of connect, status, disconnect; did you mean disconnect?; nothing happens; want one of error, latency and fault`,
		`{"operation":"disconect","fault":"reset"}`:          `operation "disconect" is none of connect, status, disconnect; did you mean disconnect?`,
		`{"operation":"token","fault":"reset"}`:              `operation "token" is none of connect, status, disconnect`,
		`{"operation":"","fault":"reset"}`:                   `operation is empty; want it left out, or a value`,
		`{"operation":5,"fault":"reset"}`:                    `operation is no text; want it in quotes`,
		`{"operation":null,"fault":"reset"}`:                 `operation is no text; want it in quotes`,
		`{}`:                                                 `nothing happens; want one of error, latency and fault`,
		`null`:                                               object,
		`[]`:                                                 object,
		`{"fault":"reset"`:                                   object,
		`{"fault":"reset"} {}`:                               object,
		`{"fault":"reset","oparation":"connect"}`:            `"oparation" is no field of a fault; did you mean operation?`,
		`{"fault":"reset","x":1}`:                            `"x" is no field of a fault; ` + fields,
		`{"fault":"reset","fault":"empty"}`:                  `fault is given twice; want it once`,
		`{"fault":"reset","next":0}`:                         `next is 0; want 1 to 1000000 calls`,
		`{"fault":"reset","next":-1}`:                        `next is -1; want 1 to 1000000 calls`,
		`{"fault":"reset","next":1000001}`:                   `next is 1000001; want 1 to 1000000 calls`,
		`{"fault":"reset","next":1.5}`:                       `next is no whole number; want one like 2`,
		`{"fault":"reset","next":"2"}`:                       `next is no whole number; want one like 2`,
		`{"fault":"reset","next":1,"share":0.5}`:             `share is there beside next; want one of the two`,
		`{"fault":"reset","share":0}`:                        `share is 0; want more than 0 and at most 1`,
		`{"fault":"reset","share":1.01}`:                     `share is 1.01; want more than 0 and at most 1`,
		`{"fault":"reset","share":"10%"}`:                    `share is no number; want one like 0.1`,
		`{"fault":"reset","share":0.5,"inARow":0}`:           `inARow is 0; want 1 to 1000 calls`,
		`{"fault":"reset","share":0.5,"inARow":1001}`:        `inARow is 1001; want 1 to 1000 calls`,
		`{"fault":"reset","inARow":1}`:                       `inARow is of a share, and there is none`,
		`{"fault":"reset","share":0.5,"seed":-1}`:            `seed is no seed; want a whole number, 0 or more`,
		`{"fault":"reset","seed":1}`:                         `seed is of a share or a latency, and there is neither`,
		`{"fault":"resett"}`:                                 `fault "resett" is none of ` + kinds + `; did you mean reset?`,
		`{"fault":"error"}`:                                  `fault "error" is none of ` + kinds,
		`{"fault":""}`:                                       `fault "" is none of ` + kinds,
		`{"fault":"reset","error":"RATE_LIMITED"}`:           `fault is there beside error; want one of error, latency and fault`,
		`{"error":"RATE_LIMITTED"}`:                          `error "RATE_LIMITTED" is no errorCode of the contract; did you mean RATE_LIMITED?`,
		`{"error":"RATE_LIMITED","retryAfter":3}`:            `retryAfter is no text; want it in quotes`,
		`{"error":"RATE_LIMITED","retryAfter":"3"}`:          `retryAfter "3" is no time; want one like 3s`,
		`{"error":"RATE_LIMITED","retryAfter":"1500ms"}`:     `retryAfter is 1.5s; want whole seconds, 0s to 24h`,
		`{"error":"RATE_LIMITED","retryAfter":"-1s"}`:        `retryAfter is -1s; want whole seconds, 0s to 24h`,
		`{"error":"RATE_LIMITED","retryAfter":"25h"}`:        `retryAfter is 25h0m0s; want whole seconds, 0s to 24h`,
		`{"error":"UNEXPECTED_ERROR","retryAfter":"3s"}`:     `retryAfter is not for UNEXPECTED_ERROR; want it left out`,
		`{"fault":"reset","retryAfter":"3s"}`:                `retryAfter is of an error; reset has none`,
		`{"operation":"status","error":"LINK_TOKEN_IN_USE"}`: `operation "status" does not have LINK_TOKEN_IN_USE; want connect`,
		`{"error":"LINK_TOKEN_IN_USE"}`:                      `operation is left out, and not every one has LINK_TOKEN_IN_USE; want connect`,
		`{"operation":"connect","fault":"notSynced"}`:        `operation "connect" does not have notSynced; want status`,
		`{"latency":"0s"}`:                                   `latency is 0s; want more than 0 and at most 10m`,
		`{"latency":"11m"}`:                                  `latency is 11m0s; want more than 0 and at most 10m`,
		`{"latency":"300ms-100ms"}`:                          `latency is 300ms-100ms; want the shorter time first`,
		`{"latency":"slow"}`:                                 `latency "slow" is no time; want one like 200ms or 100ms-300ms`,
		`{"fault":"redirect","location":"/login"}`:           `location is no address, or has user and password in it; want one like https://elsewhere.invalid/`,
		`{"fault":"redirect","location":"https://u:p@x/"}`:   `location is no address, or has user and password in it; want one like https://elsewhere.invalid/`,
		`{"fault":"redirect","location":""}`:                 `location is empty; want it left out, or a value`,
		`{"fault":"reset","location":"https://x/"}`:          `location is of redirect; reset has none`,
		`{"error":"LINK_TOKEN_IN_USE","operation":"connect","when":"afterEffect"}`: `when "afterEffect" is not for LINK_TOKEN_IN_USE; want beforeEffect`,
		`{"fault":"half","when":"beforeEffect"}`:                                   `when "beforeEffect" is not for half; want afterEffect`,
		`{"fault":"reset","when":"later"}`:                                         `when "later" is not for reset; want beforeEffect, afterEffect, beforeSignIn`,
		`{"fault":"reset","when":""}`:                                              `when is empty; want it left out, or a value`,
	} {
		t.Run(json, func(t *testing.T) {
			t.Parallel()
			f := fault.On(migrationlink.OperationStatus).Do(fault.Reset)
			err := f.UnmarshalJSON([]byte(json))
			require.EqualError(t, err, want)
			var problems fault.Problems
			require.ErrorAs(t, err, &problems)
			for _, p := range problems {
				assert.True(t, strings.HasPrefix(p.Text, p.Field))
			}
			assert.Equal(t, fault.On(migrationlink.OperationStatus).Do(fault.Reset), f, "and nothing is changed")
		})
	}
	set := new(fault.Set)
	for want, f := range map[string]fault.Fault{
		"next is 0; want 1 to 1000000 calls; nothing happens; want one of error, latency and fault": {},
		"next is 0; want 1 to 1000000 calls":                                            fault.On(migrationlink.OperationConnect).Next(0).Do(fault.Reset),
		"share is 0; want more than 0 and at most 1; inARow is 0; want 1 to 1000 calls": fault.On(migrationlink.OperationConnect).Share(0, 0, 0).Do(fault.Reset),
		`error "" is no errorCode of the contract; want one of ` + codes():              fault.On(migrationlink.OperationConnect).Do(fault.Error),
		`latency is 0s; want more than 0 and at most 10m`:                               fault.On(migrationlink.OperationConnect).Do(fault.Latency),
	} {
		_, err := set.Add(f)
		assert.EqualError(t, err, want)
	}
	assert.Empty(t, set.List())
}

func codes() string {
	var all []string
	for _, d := range fault.Errors() {
		all = append(all, string(d.Code))
	}
	return strings.Join(all, ", ")
}
