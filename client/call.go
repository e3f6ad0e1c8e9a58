package client

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/digest"
	"github.com/migrationlink/migrationlink/internal/secret"
)

// maxContent is the largest content of an answer that is read, after decompression. A link has about 200 bytes.
const maxContent = 1 << 20

const jsonType = "application/json"

var (
	errTooLarge     = errors.New("it is larger than 1 MiB")
	errTokenNotUTF8 = errors.New("the link-token is not UTF-8, so that JSON cannot carry it")
)

// call is one operation on one organization, from its arguments to its result.
type call struct {
	client    *Client
	operation migrationlink.Operation
	org       migrationlink.OrgID
	token     migrationlink.LinkToken
	clean     *secret.Cleaner

	progress *progress // of the attempt under way
	before   reach     // of the attempts before it
}

// answer is what the server said, whatever its status.
type answer struct {
	status  int
	header  http.Header
	content []byte
	err     error  // content ends early, or is too large
	target  string // where a redirect points: scheme and host
	pointed string // the same as it came, before url.Parse changed it
}

func (a answer) success() bool { return a.status >= 200 && a.status < 300 }

// contentType is the media type without its parameters, in lower case.
func (a answer) contentType() string {
	given := a.header.Get("Content-Type")
	if mediaType, _, err := mime.ParseMediaType(given); err == nil {
		return mediaType
	}
	bare, _, _ := strings.Cut(given, ";")
	return strings.ToLower(strings.TrimSpace(bare))
}

// exchange sends the request of one attempt and returns an answer of any status. The error is an *Error: there was no answer.
func (c *call) exchange(ctx context.Context, build func() (*http.Request, error)) (answer, error) {
	c.progress = new(progress)
	c.clean = secret.NewCleaner(func() []string { // which may be others than in the attempt before
		return append(c.client.secrets(), secret.OfToken(c.token.Reveal())...)
	})
	req, err := build()
	if err != nil {
		return answer{}, c.notSent(err)
	}
	req = req.WithContext(withProgress(ctx, c.progress))
	req.Header.Set("Accept", jsonType)
	req.Header.Set("User-Agent", userAgent)
	res, err := c.client.http.Do(req)
	if err != nil {
		return answer{}, c.noAnswer(ctx, withoutURL(err))
	}
	defer func() { _ = res.Body.Close() }()
	return *readAnswer(res), nil
}

// withoutURL takes off what http.Client puts around an error: the operation and the organization stand for the address.
func withoutURL(err error) error {
	var request *url.Error
	if errors.As(err, &request) {
		return request.Err
	}
	return err
}

func readAnswer(res *http.Response) *answer {
	a := &answer{status: res.StatusCode, header: res.Header}
	a.content, a.err = readAtMost(res.Body, maxContent)
	if target, err := res.Location(); err == nil {
		a.target = target.Scheme + "://" + target.Host
		a.pointed = res.Header.Get("Location")
		if scheme, rest, absolute := strings.Cut(a.pointed, "://"); absolute {
			if end := strings.IndexAny(rest, "/?#"); end >= 0 {
				rest = rest[:end]
			}
			a.pointed = scheme + "://" + rest
		}
	}
	return a
}

// link reads the link in an answer.
func (c *call) link(ctx context.Context, a answer) (Link, error) {
	content, err := c.object(ctx, a)
	if err != nil {
		return Link{}, err
	}
	link, wrong := readLink(content, c.clean)
	if wrong != "" {
		return Link{}, c.unexpected(a, wrong)
	}
	return link, nil
}

// cut reads the answer to a disconnect.
func (c *call) cut(ctx context.Context, a answer) (Link, error) {
	if a.success() && a.err == nil && len(a.content) == 0 && c.progress.reach() != unsent {
		return Link{}, nil
	}
	_, err := c.object(ctx, a)
	if (c.before >= deferred || c.progress.again.Load()) && errors.Is(err, ErrNotConnected) { // a request before this one did it
		return Link{}, nil
	}
	return Link{}, err
}

// object is the content of a success. Anything else is an *Error, a success that is none included: an answer of a login page or a proxy.
func (c *call) object(ctx context.Context, a answer) (object, error) {
	switch {
	case !a.success():
		return nil, c.failure(a)
	case c.operation == migrationlink.OperationConnect && c.progress.reach() == unsent:
		return nil, c.unexpected(a, "the server wanted no sign-in and was content without the link-token")
	case c.progress.reach() == unsent:
		return nil, c.unexpected(a, "the server wanted no sign-in")
	case a.err != nil:
		what, cause := c.cause(ctx, a.err)
		e := c.unexpectedly(a, append(said("the content cannot be read: "), what...))
		e.note(ctx, a.err)
		e.causes = append(e.causes, cause)
		if e.passing = c.operation != migrationlink.OperationConnect && !errors.Is(a.err, errTooLarge) && !errors.Is(a.err, context.Canceled); e.passing {
			e.causes = append(e.causes, ErrUnavailable)
		}
		return nil, e
	case len(a.content) == 0:
		return nil, c.unexpected(a, "there is no content")
	case a.contentType() != jsonType:
		return nil, c.unexpected(a, "the content is not application/json")
	}
	content, err := readObject(a.content)
	switch {
	case err != nil:
		return nil, c.unexpected(a, "the content is "+err.Error())
	case content.isNoLink():
		return nil, c.unexpected(a, "the content is an error document")
	}
	return content, nil
}

// notSent is an error of the arguments.
func (c *call) notSent(cause error) *Error {
	return &Error{Operation: c.operation, OrgID: c.org, causes: []error{cause}, said: said(cause.Error() + "; nothing was sent."), explained: true}
}

// noAnswer is an error of the network or of the sign-in. It is passing if another attempt may fare better, and can do no harm.
func (c *call) noAnswer(ctx context.Context, err error) *Error {
	var noToken *tokenError
	if errors.As(err, &noToken) && noToken.answer != nil {
		return c.noToken(*noToken.answer)
	}
	what, cause := c.cause(ctx, err)
	e := &Error{Operation: c.operation, OrgID: c.org, causes: []error{cause}, lead: "no answer: ", said: what.and("." + c.advice(err)), Network: networkOf(err)}
	e.note(ctx, err)
	c.tellOutcome(e)
	switch {
	case ctx.Err() != nil:
		e.causes = append(e.causes, ctx.Err()) // net/http returns the cause of the end, if it was given one
	case errors.Is(err, digest.ErrStale):
		e.lead, e.said = "", append(said("not signed in: "), what...).and(".")
		e.causes = append(e.causes, ErrNotSignedIn)
	case !lasting(err):
		e.passing = c.operation != migrationlink.OperationConnect || c.progress.reach() != open
		e.causes = append(e.causes, ErrUnavailable)
	}
	return e
}

// cause is what an error of the network says, and the error itself unless it repeats a credential: net/http shows what it could not parse.
func (c *call) cause(ctx context.Context, err error) (sentence, error) {
	text := c.clean.Text(withoutPlace(err).Error())
	if text == secret.Withheld {
		return said(text), errors.New(secret.Withheld)
	}
	if before, end, is := endOf(ctx, err); is {
		return sentence{{text: before}, end}, err
	}
	return said(text), err
}

// withoutPlace takes off where in net/http an error comes from, which helps nobody.
func withoutPlace(err error) error {
	const place, around = "readLoopPeekFailLocked: ", "net/http: HTTP/1.x transport connection broken: "
	switch inner := errors.Unwrap(err); {
	case inner == nil:
		return err
	case err.Error() == place+inner.Error():
		return inner
	case err.Error() == around+inner.Error():
		return fmt.Errorf(around+"%w", withoutPlace(inner))
	}
	return err
}

// note keeps which bound ended the attempt, and who it was that failed.
func (e *Error) note(ctx context.Context, err error) {
	e.Ended = ctx.Err()
	var bound *boundError
	var proxy *proxyError
	switch {
	case errors.Is(e.Ended, context.DeadlineExceeded):
		e.Bound = BoundContext
	case e.Ended == nil && errors.As(err, &bound):
		e.Bound, e.Within = bound.bound, bound.within
	}
	if proxied(err) {
		e.Party = PartyProxy
	}
	if errors.As(err, &proxy) {
		e.Party, e.ProxyStatus = PartyProxy, proxy.status
	}
}

// missesContent reports whether a status says that the request is wrong: of one that is a probe, since it has no content.
func missesContent(status int) bool {
	return status == http.StatusBadRequest || status == http.StatusLengthRequired || status == http.StatusUnsupportedMediaType ||
		status == http.StatusUnprocessableEntity
}

// tellOutcome says what is known of an operation that changes something and did not succeed.
func (c *call) tellOutcome(e *Error) {
	e.Outcome = outcomeOf(c.operation, e, c.before, c.progress.reach())
	if e.Outcome == OutcomeUnknown {
		e.causes = append(e.causes, ErrOutcomeUnknown)
	}
	e.unasked = missesContent(e.HTTPStatus) && !schemes[c.client.as.scheme].unprobed
}
