package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/secret"
)

// errorCode is the shape of every errorCode. Only such a one is repeated in the message.
var errorCode = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,127}$`)

// maxListed is how many parameters or properties a message lists; the fields of Error have them all.
const maxListed = 10

// maxSnippet is how much of a body that is not JSON is quoted, in bytes.
const maxSnippet = 256

// isError reports whether the object is an error document. Of its properties only error is sure to be there.
func (o object) isError() bool {
	_, err := strconv.Atoi(string(o["error"]))
	return err == nil
}

// isNoLink reports whether the content of a success is an error document all the same, perhaps a broken one: a link has a status.
func (o object) isNoLink() bool {
	return o.isError() || o["status"] == nil && (o["error"] != nil || o["errorCode"] != nil)
}

// failure is the error of an answer that is no success.
func (c *call) failure(a answer) *Error {
	switch {
	case a.status < 300 || a.status > 599:
		return c.unexpected(a, "that is no status of an answer")
	case a.status < 400:
		return c.redirected(a)
	}
	e := c.errorOf(a)
	operation := c.operation
	if c.progress.reach() == unsent {
		operation = "" // who has not signed in is told nothing of the organization
	}
	m := c.meaningOf(e, operation, challenged(a.header))
	code := ""
	if errorCode.MatchString(string(e.Code)) {
		code = " " + string(e.Code)
	}
	e.said = said(fmt.Sprintf("%s (%d%s): %s", m.headline, a.status, code, c.fill(m.text, e)))
	if !m.complete {
		e.said = e.said.and(e.wrote())
	}
	e.said = e.said.and(e.retry())
	e.causes = append(e.causes, m.errs...)
	e.passing = c.isPassing(e)
	c.tellOutcome(e)
	return e
}

// noToken is the error of a service account that got no access token. Its answer is that of RFC 6749 section 5.2, or of the API.
func (c *call) noToken(a answer) *Error {
	e := c.errorOf(a)
	document, _ := readObject(a.content)
	code := document.text("error")
	if oauthCode.MatchString(code) {
		e.Code, e.Snippet = migrationlink.Code(c.clean.Text(code)), ""
		e.Detail = c.clean.Text(document.text("error_description"))
	}
	if a.success() { // what has a token in it, after all, is not known for one
		e.Detail, e.Reason, e.Parameters, e.Fields, e.Snippet = "", "", nil, nil, ""
	}
	m := meaningOfToken(a.status, code)
	e.said = said(fmt.Sprintf("%s (%d at %s): %s", m.headline, a.status, tokenPath, c.fill(strings.ReplaceAll(m.text, "{target}", c.target(a)), e)))
	if !m.complete {
		e.said = e.said.and(e.wrote())
	}
	e.said = e.said.and(e.retry())
	e.causes = append(e.causes, m.errs...)
	e.passing = errors.Is(e, ErrRateLimited) || errors.Is(e, ErrUnavailable)
	c.tellOutcome(e)
	return e
}

// oauthCode is the shape of the error codes of RFC 6749 section 5.2.
var oauthCode = regexp.MustCompile(`^[a-z_]{1,64}$`)

// redirected is the error of a redirect: it tells the scheme and the host it pointed to, and no more of the address.
func (c *call) redirected(a answer) *Error {
	e := c.errorOf(a)
	e.said = said(fmt.Sprintf("redirected (%d) %s, which is not followed. Check the address %s.", a.status, c.target(a), c.client.address))
	e.causes = append(e.causes, ErrRedirected)
	c.tellOutcome(e)
	return e
}

func (c *call) target(a answer) string {
	switch {
	case a.target == "":
		return "nowhere"
	case c.clean.Shows(a.pointed):
		return "to " + secret.Withheld
	}
	return "to " + c.clean.Text(a.target)
}

// unexpected is the error of a success that is none.
func (c *call) unexpected(a answer, what string) *Error { return c.unexpectedly(a, said(what)) }

func (c *call) unexpectedly(a answer, what sentence) *Error {
	e := c.errorOf(a)
	e.said = append(said(fmt.Sprintf("unexpected answer (%d): ", a.status)), what...).and("." + e.wrote())
	if a.contentType() != jsonType {
		e.said = e.said.and(fmt.Sprintf(" A login page or a proxy may have answered: check the address %s.", c.client.address))
	}
	e.causes = append(e.causes, ErrUnexpectedAnswer)
	c.tellOutcome(e)
	return e
}

// errorOf keeps what the answer says. The document may be in an envelope, which some servers send without being asked.
func (c *call) errorOf(a answer) *Error {
	e := &Error{
		Operation:   c.operation,
		OrgID:       c.org,
		HTTPStatus:  a.status,
		ContentType: c.clean.Text(a.contentType()),
		RetryAfter:  c.clean.Text(a.header.Get("Retry-After")),
		received:    time.Now(),
	}
	if date, err := http.ParseTime(a.header.Get("Date")); err == nil { // the two clocks may differ
		e.received = date
	}
	document, _ := readObject(a.content) // without one, the snippet shows what came
	if inner, err := readObject(document["content"]); err == nil && !document.isError() {
		document = inner
	}
	e.Code = migrationlink.Code(c.clean.Text(document.text("errorCode")))
	e.Detail = c.clean.Text(document.text("detail"))
	e.Reason = c.clean.Text(document.text("reason"))
	if parameters, ok := c.clean.Value(document.value("parameters")).([]any); ok {
		e.Parameters = parameters
	}
	var bad struct {
		Fields []struct{ Field, Description string }
	}
	if json.Unmarshal(document["badRequestDetail"], &bad) == nil {
		for _, f := range bad.Fields {
			e.Fields = append(e.Fields, Field{Name: c.clean.Text(f.Field), Description: c.clean.Text(f.Description)})
		}
	}
	if e.Code == "" && e.Detail == "" && !document.isError() {
		e.Snippet = c.clean.Short(string(a.content), maxSnippet)
	}
	return e
}

// fill puts into a text what it speaks of.
func (c *call) fill(text string, e *Error) string {
	address := "this address"
	if len(e.Parameters) > 0 {
		if s, ok := e.Parameters[0].(string); ok {
			if addr, err := netip.ParseAddr(s); err == nil && addr.Zone() == "" { // a zone may be any text
				address = s
			}
		}
	}
	as := schemes[c.client.as.scheme]
	return strings.NewReplacer(
		"{kind}", as.one,
		"{Kind}", as.every,
		"{key}", c.client.as.key(),
		"{pair}", c.client.as.pair(),
		"{address}", c.client.address,
		"{caller}", address,
		"{projects}", inProjects(e.Parameters),
	).Replace(text)
}

// inProjects lists the ids that the parameters are. Anything else among them is left out.
func inProjects(parameters []any) string {
	var ids []string
	for _, p := range parameters {
		if id, ok := p.(string); ok {
			ids = append(ids, id)
		}
	}
	switch more := len(ids) - maxListed; {
	case len(ids) == 0:
		return ""
	case more > 0:
		return fmt.Sprintf(" in the projects %s and %d more", strings.Join(ids[:maxListed], ", "), more)
	default:
		return " in the projects " + strings.Join(ids, ", ")
	}
}
