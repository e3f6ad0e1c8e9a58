package main_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	forks "github.com/mongodb-forks/digest"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/bench/beside"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/server/fault"
	"github.com/migrationlink/migrationlink/server/journal"
)

// BenchmarkCall is the time of a call in the steady state, to a stand-in that answers 1 ms late, and how many round trips it takes: by the client, and by
// the transport that MongoDB's tools sign in with. Both is a status and then a connect, as migrationlink connect makes them for each organization.
func BenchmarkCall(b *testing.B) {
	standIn, err := beside.NewStandIn()
	if err != nil {
		b.Fatal(err)
	}
	if _, err := standIn.Faults().Add(fault.On(fault.Any).Next(1_000_000).Latency(time.Millisecond).At(fault.BeforeSignIn)); err != nil {
		b.Fatal(err)
	}
	var requests atomic.Int64
	standIn.Journal().Watch(func(journal.Entry) { requests.Add(1) })
	s := httptest.NewServer(standIn)
	defer s.Close()
	ours, err := client.New(client.APIKey(beside.PublicKey, beside.PrivateKey), client.BaseURL(s.URL))
	if err != nil {
		b.Fatal(err)
	}
	theirs := byForks{&http.Client{Transport: forks.NewTransport(beside.PublicKey, beside.PrivateKey)}, s.URL + beside.LinkPath}
	ctx := context.Background()
	for _, c := range []struct {
		operation, by string
		call          func() error
	}{
		{"connect", "client", func() error { _, err := ours.Connect(ctx, beside.OrgID, migrationlink.NewLinkToken(token)); return err }},
		{"connect", "mongodb-forks", theirs.connect},
		{"status", "client", func() error { _, err := ours.Status(ctx, beside.OrgID); return err }},
		{"status", "mongodb-forks", theirs.status},
		{"both", "client", func() error {
			if _, err := ours.Status(ctx, beside.OrgID); err != nil {
				return err
			}
			_, err := ours.Connect(ctx, beside.OrgID, migrationlink.NewLinkToken(token))
			return err
		}},
		{"both", "mongodb-forks", func() error {
			if err := theirs.status(); err != nil {
				return err
			}
			return theirs.connect()
		}},
	} {
		b.Run("operation="+c.operation+"/by="+c.by, func(b *testing.B) {
			if err := c.call(); err != nil { // from here on the state is steady
				b.Fatal(err)
			}
			before := requests.Load()
			for b.Loop() {
				if err := c.call(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(requests.Load()-before)/float64(b.N), "roundtrips/op")
		})
	}
}

var token = strings.Repeat("eyJvcmdJZCI6", 16)

// byForks calls as MongoDB's tools do, by net/http.
type byForks struct {
	client *http.Client
	link   string
}

func (f byForks) connect() error {
	return f.call(http.MethodPost, f.link, `{"linkToken":"`+token+`"}`, http.StatusCreated)
}

func (f byForks) status() error { return f.call(http.MethodGet, f.link+"/status", "", http.StatusOK) }

func (f byForks) call(method, url, content string, want int) error {
	r, err := http.NewRequest(method, url, strings.NewReader(content))
	if err != nil {
		return err
	}
	r.Header.Set("Accept", "application/json")
	if content != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := f.client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return err
	}
	if answer.StatusCode != want {
		return fmt.Errorf("answered %s: want %d", answer.Status, want)
	}
	return nil
}
