package doctor

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/internal/printable"
)

// findNetwork finds out how far the call came until there was a connection to the server.
func (x *Examination) findNetwork() {
	x.findAddress()
	if x.seen.Kept {
		for _, name := range []string{"DNS", "TCP", "proxy", "TLS"} {
			x.skip(name, "the connection of a call before is used")
		}
		return
	}
	x.findDNS()
	x.findTCP()
	x.findProxy()
	x.findTLS()
}

// way is where the connections of a call go.
type way struct {
	server    *url.URL
	proxy     *url.URL // nil: to the server itself
	env       string   // the variable that names a proxy for it
	malformed bool     // env is set, but to no address
}

// newWay tells the proxy that the transport used, and what the environment says of one.
func (x *Examination) newWay() way {
	u, err := url.Parse(x.call.URL)
	if err != nil {
		u = new(url.URL) // it is one: the client has read it
	}
	w := way{server: u, proxy: x.seen.Proxy, env: strings.ToUpper(u.Scheme) + "_PROXY"}
	value := cmp.Or(x.p.Env(w.env), x.p.Env(strings.ToLower(w.env)))
	w.malformed = value != "" && !isProxy(value) && (strings.Contains(value, "://") || !isProxy("http://"+value))
	return w
}

// isProxy reports whether the value of a variable is the address of a proxy. net/http says nothing of one that is not: it goes on without, or takes
// what stands before :// for the name of a host.
func isProxy(value string) bool {
	u, err := url.Parse(value)
	return err == nil && u.Scheme != "" && u.Host != ""
}

// portOf is HOST:PORT of an address. Without a port it is that of the scheme.
func portOf(u *url.URL) string {
	port := map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[u.Scheme]
	return net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), port))
}

// end is where connections are made to, and in a sentence whose address that is.
func (w way) end() (at *url.URL, whose string) {
	if w.proxy != nil {
		return w.proxy, ", the proxy of " + w.env
	}
	return w.server, ""
}

// addressName says where the address is to be corrected.
func (x *Examination) addressName() string {
	if x.call.Settings.Url.From == "default" {
		return "--url"
	}
	return x.call.Settings.Url.Name
}

// pastProxy is what to do about a proxy that is not reached.
func (x *Examination) pastProxy() (next, run string) {
	return "correct " + x.way.env + ", or go past the proxy", x.past()
}

// past is a command that does the same without the proxy.
func (x *Examination) past() string {
	return "NO_PROXY=" + x.way.server.Hostname() + " " + x.call.Command("doctor")
}

func (x *Examination) findAddress() {
	w := x.way
	f := finding{found: w.server.String() + ", no proxy"}
	if w.proxy != nil {
		f.found = w.server.String() + ", through the proxy " + w.proxy.Scheme + "://" + w.proxy.Host + " of " + w.env
	}
	if w.malformed { // what it holds is not shown: it may have a password in it
		f.why = w.env + " is no address of a proxy: want http://HOST:PORT"
	}
	x.add("address", passed, f)
}

func (x *Examination) findDNS() {
	at, whose := x.way.end()
	host, lookup := at.Hostname(), x.seen.Lookup
	switch {
	case lookup.Failed():
		x.fail("DNS", x.notLookedUp(host, whose))
	case lookup.Done:
		x.ok("DNS", host+whose+" is "+strings.Join(x.seen.Addresses, ", "))
	case net.ParseIP(host) != nil:
		x.skip("DNS", host+" is an address already")
	default:
		x.notTried("DNS")
	}
}

func (x *Examination) notLookedUp(host, whose string) finding {
	f := finding{found: "looking up " + host + whose + x.late(": no answer"), next: "see whether the DNS of this machine works", run: "nslookup " + host}
	var unknown *net.DNSError
	if errors.As(x.err, &unknown) && x.ended == nil {
		f.found = "looking up " + host + whose + ": " + printable.Line(unknown.Err)
		if unknown.IsNotFound {
			f.found = "no host is called " + host + whose
			f.next = "correct the host in " + x.addressName() + "; if it is right, the DNS of this machine does not know it"
		}
	}
	if whose != "" {
		f.next, f.run = x.pastProxy()
	}
	return f
}

func (x *Examination) findTCP() {
	switch dial := x.seen.Dial; {
	case dial.Done:
		x.ok("TCP", x.seen.To)
	case dial.Failed():
		x.fail("TCP", x.notConnected())
	default:
		x.notTried("TCP")
	}
}

func (x *Examination) notConnected() finding {
	at, whose := x.way.end()
	slices.Sort(x.seen.Refused)
	tried := cmp.Or(strings.Join(slices.Compact(x.seen.Refused), ", "), portOf(at)) + whose
	f := finding{
		found: "no connection to " + tried + x.late(""),
		next:  "have the firewall let this machine reach " + portOf(at) + ", or name the proxy of this network",
		run:   "export " + x.way.env + "=http://HOST:PORT",
	}
	var system *os.SyscallError
	if errors.As(x.err, &system) && x.ended == nil {
		f.found = "no connection to " + tried + ": " + system.Err.Error()
	}
	if errors.Is(x.err, syscall.ECONNREFUSED) {
		f.found = "nothing listens on " + tried
		f.next = "correct host and port in " + x.addressName() + "; Ops Manager listens on 8080 for http and on 8443 for https, unless told otherwise"
		f.run = ""
	}
	if whose != "" {
		f.next, f.run = x.pastProxy()
	}
	return f
}

// late is the cause, behind what it is the cause of. The client's own bound of a connection is for name and connection together: of it
// the time is told, and what did not come until then.
func (x *Examination) late(what string) string {
	if e := x.refusal(); e != nil && e.Bound == client.BoundConnection {
		return what + " within " + e.Within.String()
	}
	return ": " + x.cause()
}

// refusal is the error of the call; nil where it is none of the client's.
func (x *Examination) refusal() *client.Error {
	var e *client.Error
	_ = errors.As(x.err, &e)
	return e
}

func (x *Examination) isNetwork(kind client.Network) bool {
	e := x.refusal()
	return e != nil && e.Network == kind
}

func (x *Examination) findProxy() {
	switch {
	case x.way.proxy == nil:
		x.skip("proxy", "none for this host")
	case x.stopped:
		x.notTried("proxy")
	case x.way.server.Scheme == "http" && len(x.seen.Exchanges) > 0 && x.seen.Exchanges[0].Status != http.StatusProxyAuthRequired:
		x.ok("proxy", "passes requests on")
	case x.handshake() != nil:
		x.ok("proxy", "opened a tunnel to "+portOf(x.way.server))
	default:
		x.fail("proxy", x.notPassed())
	}
}

// notPassed is told by what the client says, which has the status of the proxy's answer.
func (x *Examination) notPassed() finding {
	if f, ok := x.distrust(); ok {
		return f
	}
	f := finding{
		found: x.said(),
		next:  "have whoever runs the proxy let this machine reach " + portOf(x.way.server) + ", or go past it",
		run:   x.past(),
	}
	if e := x.refusal(); e != nil && http.StatusProxyAuthRequired == cmp.Or(e.ProxyStatus, e.HTTPStatus) {
		f.next, f.run = "", "export "+x.way.env+"="+x.way.proxy.Scheme+"://USER:PASSWORD@"+x.way.proxy.Host
	}
	return f
}

// said is what the client says of the call, without what stands in front of every such sentence, and without its full stop.
func (x *Examination) said() string {
	if x.ended != nil {
		return x.cause()
	}
	if e := x.refusal(); e != nil {
		return e.Say(client.Words{Phrase: true})
	}
	return x.err.Error()
}

// cause is what the network says of a call that had no answer.
func (x *Examination) cause() string {
	switch {
	case errors.Is(x.ended, context.Canceled):
		return "interrupted"
	case x.ended != nil:
		return "not done within " + x.call.Flags.Timeout.String() + " (--timeout)"
	}
	var e *client.Error
	if !errors.As(x.err, &e) || len(e.Unwrap()) == 0 {
		return x.err.Error()
	}
	return printable.Line(e.Unwrap()[0].Error()) // the client has taken credentials out of it
}
