package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/migrationlink/migrationlink/bench/beside"
	"github.com/migrationlink/migrationlink/bench/load"
	"github.com/migrationlink/migrationlink/bench/page"
	"github.com/migrationlink/migrationlink/digest"
)

// perSecond is how many requests are signed for each second of a run: more than any side that checks them can answer here. Others get them again
// where they answer more.
const perSecond = 50_000

// uses of a nonce: the stand-in's default, as Jetty's.
const uses = 1024

// linkToken has the shape and length of a real one, and opens nothing.
var linkToken = base64.StdEncoding.EncodeToString([]byte(`{"orgId":"4888442a3354817a7320eb61","orgName":"Prod","publicApiKey":"mnbvcxyz",` +
	`"privateApiKey":"66666666-7777-8888-9999-000000000000"}`))

// load measures the requests per second of each side, first of connects, then of status.
func (all sides) load(ctx context.Context, results *page.Results, progress func(string)) error {
	generator := load.Generators()[0]
	for _, operation := range []string{"connect", "status"} {
		for _, s := range all {
			progress(operation + " over TCP: " + s.name)
			r := load.Run{
				Method: http.MethodGet, URL: s.link() + "/status", Header: http.Header{"Accept": {"application/json"}},
				Connections: results.Connections, Duration: time.Duration(results.Seconds) * time.Second,
			}
			if operation == "connect" {
				r.Method, r.URL, r.Body = http.MethodPost, s.link(), `{"linkToken":"`+linkToken+`"}`
				r.Header.Set("Content-Type", "application/json")
			}
			r.Again = !s.counts
			var err error
			if r.Authorizations, err = s.authorizations(ctx, r, all[0]); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			answered, err := generator.Send(ctx, r)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			results.Add("tcp."+operation+"/side="+s.name, "req/s", answered.PerSecond)
		}
	}
	return nil
}

// authorizations of all the requests of a run. A side that checks none gets those that were signed for one that does, so that the bytes are the same.
func (s side) authorizations(ctx context.Context, r load.Run, signing side) ([]string, error) {
	if s.counts {
		signing = s
	}
	n := perSecond * int(r.Duration.Seconds())
	all := make([]string, 0, n)
	for len(all) < n {
		if s.bearer {
			all = append(all, bearer)
			continue
		}
		challenge, err := signing.challenge(ctx)
		if err != nil {
			return nil, err
		}
		for count := 1; count <= uses && len(all) < n; count++ {
			value, err := sign(challenge, r, count)
			if err != nil {
				return nil, err
			}
			all = append(all, value)
		}
	}
	return all, nil
}

// challenge asks for one, with a nonce of its own.
func (s side) challenge(ctx context.Context) (digest.Challenge, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.link()+"/status", nil)
	if err != nil {
		return digest.Challenge{}, err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return digest.Challenge{}, err
	}
	if err := answer.Body.Close(); err != nil {
		return digest.Challenge{}, err
	}
	all, err := digest.ParseChallenges(answer.Header.Values("WWW-Authenticate"))
	if err != nil {
		return digest.Challenge{}, err
	}
	if len(all) == 0 {
		return digest.Challenge{}, fmt.Errorf("answered %s without a challenge: want 401 and one", answer.Status)
	}
	return all[0], nil
}

// sign answers a challenge with a request of the run.
func sign(c digest.Challenge, r load.Run, count int) (string, error) {
	target, err := url.Parse(r.URL)
	if err != nil {
		return "", err
	}
	signed, err := digest.Credentials{
		Username: beside.PublicKey, Realm: c.Realm, Nonce: c.Nonce, URI: target.RequestURI(), Algorithm: c.Algorithm, Opaque: c.Opaque,
		QOP: "auth", NC: fmt.Sprintf("%08x", count), CNonce: "0a4f113b0a4f113b",
	}.Sign(r.Method, beside.PrivateKey)
	if err != nil {
		return "", err
	}
	return signed.FieldValue()
}
