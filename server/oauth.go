package server

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server/journal"
)

// maxForm is the largest content that they take, in bytes.
const maxForm = 16 << 10

// routeOAuth serves the endpoints of OAuth 2.0, where there are service accounts: Ops Manager has neither. They are no operations of the
// contract, which says where they are alone: RFC 6749 and RFC 7009 describe them.
func (s *Server) routeOAuth() {
	if s.tokens == nil {
		return
	}
	for path, endpoint := range map[string]struct {
		operation migrationlink.Operation
		serve     func(*exchange, url.Values) error
	}{
		s.checker.TokenPath():      {journal.Token, (*exchange).token},
		s.checker.RevocationPath(): {journal.Revoke, (*exchange).revoke},
	} {
		s.routes.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			x := exchangeOf(w)
			x.route.oauth = endpoint.operation
			if r.Method != http.MethodPost { // RFC 6749 section 3.2
				x.otherMethod("OPTIONS, POST")
				return
			}
			if err := x.serveOAuth(endpoint.serve); err != nil {
				x.fail(err)
			}
		})
	}
}

// serveOAuth lets a service account through to an endpoint. Content is read only of who is one.
func (x *exchange) serveOAuth(serve func(*exchange, url.Values) error) error {
	if x.request.URL.RawQuery != "" || x.request.URL.ForceQuery {
		return oauthRefused("invalid_request", "the address has a query: parameters go into the content") // RFC 6749 sections 2.3.1 and 3.2
	}
	if x.request.ContentLength > maxForm {
		return contentTooLarge(maxForm)
	}
	if err := x.authenticate(); err != nil {
		return err
	}
	if x.route.oauth == journal.Token && x.server.limits == LimitsDocumented {
		if wait := x.caller.tokenRequests.take(TokenRequestsAMinute, x.server.steady()); wait > 0 {
			return rateLimited(x.server.checker.TokenPath(), TokenRequestsAMinute, 1, wait)
		}
	}
	form, err := x.form()
	if err != nil {
		return err
	}
	if form.Has("client_secret") || form.Has("client_id") && form.Get("client_id") != x.caller.name {
		return oauthRefused("invalid_request", "the client authenticates by HTTP Basic, and again in the content: want one of the two") // section 2.3
	}
	return serve(x, form)
}

// authenticate takes client id and secret by HTTP Basic (RFC 6749 section 2.3.1). Which of them is wrong it does not say.
func (x *exchange) authenticate() error {
	if len(x.request.Header.Values("Authorization")) == 0 {
		return invalidClient("no credentials: want client id and secret by HTTP Basic")
	}
	encodedID, encodedSecret, ok := x.request.BasicAuth()
	id, badID := url.QueryUnescape(encodedID)
	secret, badSecret := url.QueryUnescape(encodedSecret)
	if !ok || badID != nil || badSecret != nil || len(x.request.Header.Values("Authorization")) > 1 {
		return invalidClient("the Authorization header cannot be read: want client id and secret by HTTP Basic, once")
	}
	account, known := x.server.accounts[id]
	if !known {
		account = new(caller) // costs the same work
	}
	if !account.secret.Equal(migrationlink.NewSecret(secret)) || !known {
		return invalidClient("the client id or the secret is wrong")
	}
	x.caller = account
	return nil
}

// form reads the parameters. One without a value counts as left out, one that nobody knows is passed over (RFC 6749 section 3.2).
func (x *exchange) form() (url.Values, error) {
	mediaType, parameters, err := mime.ParseMediaType(x.request.Header.Get("Content-Type"))
	charset := parameters["charset"]
	if len(x.request.Header.Values("Content-Type")) > 1 || err != nil || mediaType != "application/x-www-form-urlencoded" || charset != "" && !strings.EqualFold(charset, "UTF-8") ||
		x.request.Header.Get("Content-Encoding") != "" {
		return nil, oauthRefused("invalid_request", "the content is not application/x-www-form-urlencoded in UTF-8")
	}
	content, err := io.ReadAll(io.LimitReader(x.request.Body, maxForm+1))
	x.rest = err == nil && len(content) > maxForm
	if err != nil {
		return nil, oauthRefused("invalid_request", "the content is cut off")
	}
	if len(content) > maxForm {
		return nil, contentTooLarge(maxForm)
	}
	form, err := url.ParseQuery(string(content))
	if err != nil {
		return nil, oauthRefused("invalid_request", "the content is no form: it does not parse")
	}
	for name, values := range form {
		if len(values) > 1 {
			return nil, oauthRefused("invalid_request", "a parameter is given twice")
		}
		if slices.Equal(values, []string{""}) {
			delete(form, name)
		}
	}
	return form, nil
}

// token answers RFC 6749 section 4.4: a new access token for client credentials. There are no scopes to ask for.
func (x *exchange) token(form url.Values) error {
	switch form.Get("grant_type") {
	case "client_credentials":
	case "":
		return oauthRefused("invalid_request", "grant_type is missing: want client_credentials")
	default:
		return oauthRefused("unsupported_grant_type", "want grant_type client_credentials")
	}
	if form.Has("scope") {
		return oauthRefused("invalid_scope", "there are no scopes: leave scope out")
	}
	token, wait := x.server.tokens.mint(x.caller.name)
	if wait > 0 {
		return rateLimited(x.server.checker.TokenPath(), LiveAccessTokens, int((x.server.tokens.lifetime+time.Minute-1)/time.Minute), wait)
	}
	content, err := json.Marshal(struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
		TokenType   string `json:"token_type"`
	}{token, int(x.server.tokens.lifetime.Seconds()), "Bearer"})
	if err != nil {
		return fmt.Errorf("encode the access token: %w", err)
	}
	x.response.header.Set("Content-Type", "application/json")
	_, err = x.Write(content)
	return err
}

// revoke answers RFC 7009 section 2. A token that does not count any more, or never did, is revoked already (section 2.2). What
// token_type_hint says makes no difference.
func (x *exchange) revoke(form url.Values) error {
	token := form.Get("token")
	if token == "" {
		return oauthRefused("invalid_request", "token is missing")
	}
	if x.server.fixedBearer(token) != nil {
		return oauthRefused("unsupported_token_type", "the token is of the configuration, and only access tokens are revoked") // section 2.2.1
	}
	claims, refusal := x.server.tokens.read(token)
	switch {
	case refusal != "":
	case claims.Account != x.caller.name:
		return oauthRefused("invalid_grant", "the token was issued to another client") // section 2.1
	default:
		if wait := x.server.tokens.revoke(claims); wait > 0 {
			return tooManyRevoked(wait) // section 2.2.1
		}
	}
	x.WriteHeader(http.StatusOK)
	return nil
}
