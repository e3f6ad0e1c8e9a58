package doctor

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/digest"
	"github.com/migrationlink/migrationlink/internal/certs"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/printable"
	"github.com/migrationlink/migrationlink/internal/wiretap"
)

// findAnswers finds out what the server said to the requests of the call.
func (x *Examination) findAnswers() {
	x.findClock()
	x.findChallenge()
	x.findKey()
	x.findAccessList()
	x.findRole()
	x.findOrganization()
}

// findClock compares the two clocks by the Date of an answer (RFC 9110 section 6.6.1), which has whole seconds and may be as old as the answer took.
func (x *Examination) findClock() {
	for _, e := range x.seen.Exchanges {
		date, err := http.ParseTime(e.Header.Get("Date"))
		if err != nil {
			continue
		}
		var apart time.Duration // this machine's clock is ahead of the server's by so much
		switch {
		case date.Add(time.Second).Before(e.Sent):
			apart = e.Sent.Sub(date)
		case date.After(e.Received):
			apart = e.Received.Sub(date)
		}
		apart = apart.Round(time.Second)
		switch {
		case apart == 0:
			x.ok("clock", "agrees with the server's")
		case apart.Abs() <= certs.ClockSkew:
			x.ok("clock", difference(apart))
		default:
			x.clockIsWrong = true
			x.add("clock", failed, finding{
				found: difference(apart) + ": it says " + day(e.Received) + ", the server's " + day(date),
				why:   "certificates and access tokens hold for a time, and the two machines do not agree when that is",
				next:  "set the clock that is wrong, best by NTP",
				run:   "timedatectl set-ntp true",
			})
		}
		return
	}
	if len(x.seen.Exchanges) > 0 {
		x.skip("clock", "the server does not tell the time")
		return
	}
	x.notTried("clock")
}

func difference(apart time.Duration) string {
	if apart < 0 {
		return fmt.Sprintf("this machine's is %s behind", -apart)
	}
	return fmt.Sprintf("this machine's is %s ahead", apart)
}

// findChallenge looks at the first answer, which the request without credentials got.
func (x *Examination) findChallenge() {
	if why := x.scheme().unchallenged; why != "" && !x.stopped {
		x.skip("challenge", why)
		return
	}
	if x.stopped {
		x.notTried("challenge")
		return
	}
	if len(x.seen.Exchanges) == 0 {
		x.fail("challenge", x.noAnswer())
		return
	}
	first := x.seen.Exchanges[0]
	if first.Signed {
		x.ok("challenge", "the one of a call before is used")
		return
	}
	if first.Status != http.StatusUnauthorized {
		x.fail("challenge", finding{found: x.said(), next: x.nextAfter()})
		return
	}
	challenges, _ := digest.ParseChallenges(first.Header.Values("WWW-Authenticate")) // what is malformed cannot be answered
	if i := slices.IndexFunc(challenges, digest.Challenge.Usable); i >= 0 {
		x.ok("challenge", described(challenges[i]))
		return
	}
	offered := "nothing"
	if schemes := schemesOf(first.Header); len(schemes) > 0 {
		offered = strings.Join(schemes, ", ")
	}
	x.fail("challenge", finding{
		found: "the server offers " + offered + ", and this command answers Digest with MD5 or SHA-256 and qop auth",
		why:   "Cloud Manager and Ops Manager offer that: something before the server may have answered",
		next:  "correct " + x.addressName() + ", or have what stands before the server let the API through",
	})
}

func described(c digest.Challenge) string {
	said := "Digest"
	if c.Algorithm != "" {
		said += ", " + printable.Line(string(c.Algorithm))
	}
	if len(c.QOP) > 0 {
		said += ", qop " + printable.Line(strings.Join(c.QOP, " or "))
	}
	return said
}

// scheme is the beginning of a challenge (RFC 9110 section 11.3).
var scheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,30}`)

// schemesOf are the schemes that the lines of WWW-Authenticate begin with.
func schemesOf(header http.Header) []string {
	var names []string
	for _, line := range header.Values("WWW-Authenticate") {
		if name := scheme.FindString(strings.TrimSpace(line)); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// signedIn reports whether an answer says that the key was taken.
func (x *Examination) signedIn() bool {
	return x.err == nil || errors.Is(x.err, client.ErrNotOnAccessList) || x.letIn()
}

// letIn reports whether an answer says that the key may be used from here.
func (x *Examination) letIn() bool {
	return x.err == nil || errors.Is(x.err, client.ErrRoleMissing) || errors.Is(x.err, client.ErrOrgNotFound)
}

func (x *Examination) findKey() {
	switch {
	case x.signedIn():
		x.ok("key", x.call.Settings.SignIn.Shown()+" is signed in")
	case x.stopped:
		x.notTried("key")
	case x.scheme().fetches && !x.sentToken():
		x.fail("key", finding{found: x.said(), next: x.nextAfter()})
	case errors.Is(x.err, digest.ErrStale):
		x.fail("key", finding{
			found: x.said(),
			next:  "have whoever runs the server send all requests of a client to the same one",
		})
	case errors.Is(x.err, client.ErrNotSignedIn):
		x.fail("key", x.scheme().refused(x))
	default:
		x.untold("key")
	}
}

// sentToken reports whether there was an access token, and a request that carried it.
func (x *Examination) sentToken() bool {
	return slices.ContainsFunc(x.seen.Exchanges, func(e wiretap.Exchange) bool { return e.Signed && !e.Token })
}

func (x *Examination) findAccessList() {
	var e *client.Error
	switch {
	case x.letIn():
		x.ok("access list", "lets this machine in"+x.here())
	case x.stopped:
		x.notTried("access list")
	case errors.Is(x.err, client.ErrNotOnAccessList):
		x.fail("access list", x.notOnAccessList())
	case errors.As(x.err, &e) && e.HTTPStatus == http.StatusForbidden:
		x.fail("access list", finding{found: x.said(), next: "see whether " + x.who() + " has an access list, and may use the API"})
	default:
		x.untold("access list")
	}
}

func (x *Examination) notOnAccessList() finding {
	f := finding{found: x.said()}
	from := caller(x.err)
	if from != "" {
		f.found = "the server sees this machine as " + from + ", which is not on the access list of " + x.who()
	}
	if from != "" && x.seen.From != "" && x.seen.From != from {
		f.why = "its own address is " + x.seen.From + ": something on the way puts another in its place"
	}
	f.next = "add it there, by hand or with a key that is let in"
	f.run = "mongocli iam organizations apiKeys accessLists create --apiKey ID --ip " + cmp.Or(from, "ADDRESS")
	return f
}

// here is this machine's end of the connection. The server may see another address, and tells it only where it refuses it.
func (x *Examination) here() string {
	if x.seen.From == "" {
		return ""
	}
	return ", whose own address is " + x.seen.From
}

// caller is the address that the server saw; empty if the answer does not tell it.
func caller(err error) string {
	var e *client.Error
	if !errors.As(err, &e) || len(e.Parameters) == 0 {
		return ""
	}
	said, _ := e.Parameters[0].(string)
	address, err := netip.ParseAddr(said)
	if err != nil || address.Zone() != "" { // a zone may be any text
		return ""
	}
	return said
}

func (x *Examination) findRole() {
	switch {
	case x.err == nil:
		x.ok("role", "Organization Owner")
	case x.stopped:
		x.notTried("role")
	case errors.Is(x.err, client.ErrRoleMissing):
		x.fail("role", finding{
			found: x.who() + " is not an Organization Owner of " + x.call.Org.String(),
			next:  "give it the role Organization Owner there, or use a key of that organization which has it; those that it belongs to",
			run:   x.organizations(),
		})
	default:
		x.untold("role")
	}
}

func (x *Examination) findOrganization() {
	org := x.call.Org.String()
	switch {
	case x.err == nil:
		x.ok("organization", org+": "+console.StatusText(x.link.Status))
	case x.stopped:
		x.notTried("organization")
	case errors.Is(x.err, client.ErrOrgNotFound):
		x.fail("organization", x.noOrganization())
	default:
		x.fail("organization", finding{found: x.said(), next: x.nextAfter()})
	}
}

func (x *Examination) noOrganization() finding {
	f := finding{
		found: "the server has no organization " + x.call.Org.String(),
		next:  "correct " + x.call.Settings.Org.Name + "; the organizations that this key belongs to",
		run:   x.organizations(),
	}
	var e *client.Error
	if errors.As(x.err, &e) && e.Code == migrationlink.CodeExpectedNonAtlasOrg {
		f.found = x.call.Org.String() + " is an organization of Atlas, and a call is for the source, of Cloud Manager or Ops Manager"
	}
	return f
}

// organizations is the command that lists those of the key.
func (x *Examination) organizations() string {
	line := "mongocli iam organizations list"
	if profile := x.call.Settings.ShownProfile(); profile != "" {
		line += " -P " + console.Word(profile)
	}
	return line
}

// noAnswer is for a connection that brought nothing.
func (x *Examination) noAnswer() finding {
	if x.ended != nil {
		return finding{found: x.cause(), next: x.nextAfter()}
	}
	return finding{found: "no answer: " + x.cause(), next: "see whether the server, or what stands before it, works: its log tells more"}
}

// nextAfter is what to do after an answer that says nothing of key, role or organization.
func (x *Examination) nextAfter() string {
	switch {
	case x.ended != nil:
		return "start it again, and give it longer"
	case errors.Is(x.err, client.ErrNotSignedIn):
		return "check " + x.secretNames() + ", and that the service account was made at " + x.way.server.Host
	case errors.Is(x.err, client.ErrRateLimited):
		return "wait, and try again"
	case errors.Is(x.err, client.ErrUnavailable):
		return "try again later; if it stays so, the log of the server tells more"
	case errors.Is(x.err, client.ErrRedirected), errors.Is(x.err, client.ErrUnexpectedAnswer), errors.Is(x.err, client.ErrNotFound):
		return "correct " + x.addressName() + ": it is the address of the server, up to, but not including, /api/public/v1.0"
	}
	return "ask whoever runs the server"
}

// who signs in, in a sentence.
func (x *Examination) who() string { return x.call.Settings.SignIn.Who() }

// secretNames are the places of both halves.
func (x *Examination) secretNames() string {
	signIn := x.call.Settings.SignIn
	return signIn.Name.Name + " and " + signIn.Secret.Name
}
