package client_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
)

var notSynced = answering(jsonReply(200, `{"status":"NOT_SYNCED"}`))

func TestWaitingAsksLessAndLess(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		random float64
		want   []time.Duration
	}{
		"the shortest": {0, []time.Duration{1000, 1500, 2250, 3375, 5062, 7593, 11390, 15000, 15000}},
		"the longest":  {1, []time.Duration{2000, 3000, 4500, 6750, 10125, 15187, 22781, 30000, 30000}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				steps := []step{}
				for range c.want {
					steps = append(steps, notSynced)
				}
				network := &timed{RoundTripper: &script{signed: inTurn(append(steps, synced)...)}}
				made, err := client.New(client.BaseURL(address), client.APIKey(publicKey, privateKey), client.HTTPClient(&http.Client{Transport: network}), client.Jitter(func() float64 { return c.random }))
				require.NoError(t, err)
				var told []time.Duration
				link, err := made.WaitSynced(t.Context(), org, func(w client.Waiting) {
					assert.Equal(t, client.Waiting{Link: client.Link{Status: migrationlink.StatusNotSynced}, Next: w.Next}, w)
					told = append(told, w.Next)
				})
				require.NoError(t, err)
				assert.Equal(t, client.Link{Status: migrationlink.StatusSynced}, link)
				assert.Equal(t, told, network.waits())
				for i := range told {
					told[i] = told[i] / time.Millisecond
				}
				assert.Equal(t, c.want, told)
			})
		})
	}
}

func TestNobodyWaitsForWhatIsSynced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		_, err := trying(t, &script{signed: synced}).WaitSynced(t.Context(), org, func(client.Waiting) { t.Error("there is nothing to tell") })
		require.NoError(t, err)
		assert.Zero(t, time.Since(began))
	})
}

// How a wait ends, by what the server answers in turn. All clients here attempt each status once, have an hour, and wait no longer than 60 s when
// they are asked to.
func TestHowAWaitEnds(t *testing.T) {
	t.Parallel()
	seen := client.Link{Status: migrationlink.StatusNotSynced}
	for _, c := range []struct {
		name  string
		steps []step
		last  client.Link
		told  []string // the error of each progress
		after time.Duration
		want  string
		is    []error
	}{
		{"what passes ends nothing", []step{notSynced, status(500), cut, down, limited, synced}, client.Link{Status: migrationlink.StatusSynced},
			[]string{"", "failed (500): the server failed.", "no answer: EOF.", "no answer: dial tcp: connection cut.",
				"too many requests (429 RATE_LIMITED): the server takes no more for now. Come back in 3 s."}, time.Second + 1500*ms + 2250*ms + 3375*ms + 5062500*us, "", nil},
		{"Retry-After is kept", []step{answering(later(503, "", "42")), synced}, client.Link{Status: migrationlink.StatusSynced},
			[]string{"unavailable (503): the server cannot answer for now. Come back in 42 s."}, 42 * time.Second, "", nil},
		{"Retry-After that is too long", []step{notSynced, answering(later(503, "", "61"))}, seen, []string{""}, time.Second,
			"unavailable (503): the server cannot answer for now. Come back in 61 s.", []error{client.ErrUnavailable}},
		{"what lasts ends it", []step{notSynced, answering(jsonReply(403, `{"error":403,"errorCode":"IP_ADDRESS_NOT_ON_ACCESS_LIST"}`))}, seen, []string{""}, time.Second,
			`not allowed (403 IP_ADDRESS_NOT_ON_ACCESS_LIST): this address is not on the access list of the key "ownerkey". Add it there, as the server sees it.`, []error{client.ErrNotOnAccessList}},
		{"the first answer ends it", []step{answering(jsonReply(404, `{"error":404,"errorCode":"ORG_NOT_FOUND"}`))}, client.Link{}, nil, 0,
			"not found (404 ORG_NOT_FOUND): there is no such organization at https://om.example:8443/api/public/v1.0. Check the id: it is that of the source organization.", []error{client.ErrNotFound, client.ErrOrgNotFound}},
		{"a login page ends it", []step{answering(htmlReply(200, "<html>"))}, client.Link{}, nil, 0,
			`unexpected answer (200): the content is not application/json. The content begins: "<html>". A login page or a proxy may have answered: check the address https://om.example:8443/api/public/v1.0.`, []error{client.ErrUnexpectedAnswer}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				began := time.Now()
				var told []string
				link, err := trying(t, &script{signed: inTurn(c.steps...)}, client.Attempts(1)).WaitSynced(ctx, org, func(w client.Waiting) {
					text := ""
					if w.Err != nil {
						text = w.Err.Error()[len("status organization 5f7aac56b3a0b94bcdce6d8a: "):]
					}
					told = append(told, text)
				})
				assert.Equal(t, c.last, link)
				assert.Equal(t, c.told, told)
				assert.Equal(t, c.after, time.Since(began))
				if c.want == "" {
					require.NoError(t, err)
					return
				}
				require.EqualError(t, err, "status organization 5f7aac56b3a0b94bcdce6d8a: "+c.want)
				assertIs(t, err, c.is...)
			})
		})
	}
}

const (
	ms = time.Millisecond
	us = time.Microsecond
)

// The end of the context, by what is known then.
func TestAWaitWhoseContextEnds(t *testing.T) {
	t.Parallel()
	hanging := func(req *http.Request) (*http.Response, error) {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	for _, c := range []struct {
		name  string
		steps []step
		last  client.Link
		want  string
		is    []error
	}{
		{"between two", []step{notSynced}, client.Link{Status: migrationlink.StatusNotSynced}, "still NOT_SYNCED: context deadline exceeded.", nil},
		{"between two, of a newer status", []step{answering(jsonReply(200, `{"status":"SYNCING"}`))}, client.Link{Status: "SYNCING"}, "still SYNCING: context deadline exceeded.", nil},
		{"between two, without a status", []step{answering(jsonReply(200, `{}`))}, client.Link{}, "not SYNCED yet: context deadline exceeded.", nil},
		{"after a failure", []step{notSynced, status(500)}, client.Link{Status: migrationlink.StatusNotSynced}, "not known to be SYNCED: context deadline exceeded.", []error{client.ErrUnavailable}},
		{"in the second", []step{notSynced, hanging}, client.Link{Status: migrationlink.StatusNotSynced}, "still NOT_SYNCED: context deadline exceeded.", nil},
		{"in the first", []step{hanging}, client.Link{}, "no answer: context deadline exceeded.", nil},
		{"after failures alone", []step{cut}, client.Link{}, "not known to be SYNCED: context deadline exceeded.", []error{client.ErrUnavailable, io.EOF}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				began := time.Now()
				link, err := trying(t, &script{signed: inTurn(c.steps...)}, client.Attempts(1)).WaitSynced(ctx, org, nil)
				require.EqualError(t, err, "status organization 5f7aac56b3a0b94bcdce6d8a: "+c.want)
				assertIs(t, err, append(c.is, context.DeadlineExceeded)...)
				assert.Equal(t, c.last, link)
				assert.Equal(t, 20*time.Second, time.Since(began))
			})
		})
	}
}

func TestAWaitThatIsCanceled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		link, err := trying(t, &script{signed: notSynced}).WaitSynced(ctx, org, func(client.Waiting) { cancel() })
		require.EqualError(t, err, "status organization 5f7aac56b3a0b94bcdce6d8a: still NOT_SYNCED: context canceled.")
		assertIs(t, err, context.Canceled)
		assert.Equal(t, client.Link{Status: migrationlink.StatusNotSynced}, link)
	})
}
