package client

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/digest"
)

// maxContent is the largest content of an answer that is read, after decompression. A link has about 200 bytes.
const maxContent = 1 << 20

const jsonType = "application/json"

var (
	errTooLarge     = errors.New("it is larger than 1 MiB")
	errTokenNotUTF8 = errors.New("the link-token is not UTF-8, so that JSON cannot carry it")
)

// call is one operation on one organization, from its arguments to its answer or error.
type call struct {
	client    *Client
	operation string
	org       migrationlink.OrgID
	token     migrationlink.LinkToken
	progress  progress
	clean     *cleaner
}

// answer is what the server said, whatever its status.
type answer struct {
	status  int
	header  http.Header
	content []byte
	err     error  // content ends early, or is too large
	target  string // where a redirect points: scheme and host
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

// send returns an answer of any status. The error is an *Error: there was no answer.
func (c *call) send(ctx context.Context, req *http.Request) (answer, error) {
	req = req.WithContext(withProgress(ctx, &c.progress))
	req.Header.Set("Accept", jsonType)
	req.Header.Set("User-Agent", userAgent)
	res, err := c.client.http.Do(req)
	if err != nil {
		return answer{}, c.noAnswer(err)
	}
	defer res.Body.Close()
	a := answer{status: res.StatusCode, header: res.Header}
	a.content, a.err = readAtMost(res.Body, maxContent)
	if target, err := res.Location(); err == nil {
		a.target = target.Scheme + "://" + target.Host
	}
	return a, nil
}

// link sends the request and reads the link in its answer.
func (c *call) link(ctx context.Context, req *http.Request) (Link, error) {
	a, err := c.send(ctx, req)
	if err != nil {
		return Link{}, err
	}
	content, err := c.object(a)
	if err != nil {
		return Link{}, err
	}
	link, wrong := readLink(content, c.clean)
	if wrong != "" {
		return Link{}, c.unexpected(a, wrong)
	}
	return link, nil
}

// object is the content of a success. Anything else is an *Error, a success that is none included: an answer of a login page or a proxy.
func (c *call) object(a answer) (object, error) {
	switch {
	case !a.success():
		return nil, c.failure(a)
	case c.operation == "connect" && !c.progress.sent.Load():
		return nil, c.unexpected(a, "the server wanted no sign-in and was content without the link-token")
	case !c.progress.sent.Load():
		return nil, c.unexpected(a, "the server wanted no sign-in")
	case a.err != nil:
		text, cause := c.cause(a.err)
		e := c.unexpected(a, "the content cannot be read: "+text)
		e.causes = append(e.causes, cause)
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
	return &Error{Operation: c.operation, OrgID: c.org, causes: []error{cause}, text: cause.Error() + "; nothing was sent."}
}

// noAnswer is an error of the network or of the sign-in.
func (c *call) noAnswer(err error) *Error {
	var request *url.Error
	if errors.As(err, &request) {
		err = request.Err // without the URL, which the operation and the organization stand for
	}
	text, err := c.cause(err)
	headline := "no answer"
	if errors.Is(err, digest.ErrStale) {
		headline = "not signed in"
	}
	e := &Error{Operation: c.operation, OrgID: c.org, causes: []error{err}, text: headline + ": " + text + "."}
	c.tellOutcome(e)
	return e
}

// cause is what an error of the network says, and the error itself unless it repeats a credential: net/http shows what it could not parse.
func (c *call) cause(err error) (string, error) {
	text := c.clean.text(err.Error(), maxText)
	if text == withheld {
		return text, errors.New(withheld)
	}
	return text, err
}

// missesContent reports whether a status says that the request is wrong: of one that is a probe, since it has no content.
func missesContent(status int) bool {
	return status == http.StatusBadRequest || status == http.StatusLengthRequired || status == http.StatusUnsupportedMediaType ||
		status == http.StatusUnprocessableEntity
}

// tellOutcome says what is known of an operation that changes something and did not succeed.
func (c *call) tellOutcome(e *Error) {
	switch {
	case c.operation == "connect" && !c.progress.sent.Load() && missesContent(e.HTTPStatus):
		e.outcome = "The server did not ask for a sign-in, so the link-token was not sent."
	case c.operation == "connect" && !c.progress.sent.Load():
		e.outcome = "The link-token was not sent."
	case c.operation == "status" || !c.progress.open.Load():
		return
	case e.HTTPStatus >= 300 && e.HTTPStatus < 500: // refused, or sent elsewhere
		return
	case c.operation == "connect":
		e.outcome = "The outcome is unknown: ask Status before trying again."
		e.causes = append(e.causes, ErrOutcomeUnknown)
	default:
		e.outcome = "The outcome is unknown: disconnecting once more does no harm and settles it."
		e.causes = append(e.causes, ErrOutcomeUnknown)
	}
}
