package contracttest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/migrationlink/migrationlink/checker/requests"
)

// asAccount signs in as a service account. Its access token is fetched once, and again when it has nearly expired; that is not judged, since it is
// none of the contract's operations.
func (s *Session) asAccount(account Key) http.RoundTripper {
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, &http.Client{
		Transport:     bounded{s},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	})
	config := clientcredentials.Config{
		ClientID: account.Public, ClientSecret: account.Private.Reveal(), TokenURL: s.origin + s.judge.TokenPath(), AuthStyle: oauth2.AuthStyleInHeader,
	}
	return &oauth2.Transport{Source: tokenSource{config.TokenSource(ctx), s}, Base: s.wire}
}

// tokenSource says plainly why there is no access token.
type tokenSource struct {
	oauth2.TokenSource
	session *Session
}

func (t tokenSource) Token() (*oauth2.Token, error) {
	token, err := t.TokenSource.Token()
	if err != nil && t.session.last.status != 0 {
		var refused *oauth2.RetrieveError
		invalid := errors.As(err, &refused) && refused.ErrorCode == "invalid_client" // RFC 6749 section 5.2
		return nil, &noTokenError{t.session.last.status, invalid || t.session.last.status == http.StatusUnauthorized}
	}
	return token, err
}

// noTokenError is a response that brings no access token.
type noTokenError struct {
	status  int
	refused bool // the service account, by its id or secret
}

func (e *noTokenError) Error() string {
	return fmt.Sprintf("the service account got no access token (answer %d)", e.status)
}

// bearerCases ask again what was asked with the key, signed in by the service account: every right request, one wrong one for each rule, and the
// stories of states; and with bearer tokens that must not sign in.
func (s *Session) bearerCases(states []Case) ([]Case, error) {
	if s.bearer == nil {
		s.leaveOut("what signs in by OAuth 2.0: no service account was given")
		return nil, nil
	}
	maker, err := s.maker.Under(requests.Config{
		Base: s.target.BasePath, Values: s.values(), Seed: s.options.seed, Keep: func(name string) bool { return s.keeps(bearerPrefix + name) },
	})
	if err != nil {
		return nil, err
	}
	all := slices.Concat(s.rightCases(maker), wrongCases(maker), states)
	for i, c := range all {
		all[i].Name = bearerPrefix + c.Name
		all[i].run = func(a *attempt) {
			a.signed = a.bearer
			c.run(a)
		}
	}
	return append(all, s.spoiltBearerCases()...), nil
}

const bearerPrefix = "bearer/"

// spoiltBearerCases send an access token that was good until one thing of it was changed.
func (s *Session) spoiltBearerCases() []Case {
	var all []Case
	for _, op := range s.maker.Operations() {
		c := Case{Name: bearerPrefix + op.ID + "/credentials/altered", Operation: op.ID, Rule: "security", Check: "ignored_auth", Writes: !safe(op.Method)}
		c.run = func(a *attempt) {
			if a.over() {
				return
			}
			a.current = a.ctx
			token, err := a.bearer.(*oauth2.Transport).Source.Token()
			if err != nil {
				if !a.over() {
					a.unanswered(op.Plain, noAnswer(err))
				}
				return
			}
			good := token.AccessToken
			for _, spoilt := range []string{good[1:], good[:len(good)-1], good[:len(good)/2], good + "x", otherCase(good)} {
				if spoilt != good {
					a.wantRefused(op.Plain, []string{"Bearer " + spoilt})
				}
			}
		}
		all = append(all, c)
	}
	return all
}

// otherCase has small letters for capitals, and the other way round.
func otherCase(token string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		case 'A' <= r && r <= 'Z':
			return r - 'A' + 'a'
		}
		return r
	}, token)
}
