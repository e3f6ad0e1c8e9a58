package contracttest

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/requests"
)

// broken are messages that net/http's client does not write: what HTTP/1.1 itself forbids. Each is refused with 400 (RFC 9112), by whatever stands
// first; the answer is none of the contract's, so it is judged by its status alone. %s is the target, then the host.
var broken = []struct{ name, message string }{
	{"two_Content-Length", "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} "}, // section 6.3
	{"Content-Length_list", "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: 2, 3\r\n\r\n{} "},                  // section 6.3
	{"Content-Length_of_letters", "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: x\r\n\r\n{}"},                // section 6.3
	{"Content-Length_negative", "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: -1\r\n\r\n"},                   // section 6.3
	{"no_Host", "GET %s HTTP/1.1\r\nAccept: %.0s*/*\r\n\r\n"},                                                                                     // section 3.2
	{"two_Hosts", "GET %s HTTP/1.1\r\nHost: %s\r\nHost: x\r\n\r\n"},                                                                               // section 3.2
	{"blank_in_a_field_name", "GET %s HTTP/1.1\r\nHost: %s\r\nAccept : */*\r\n\r\n"},                                                              // section 5.1
	{"no_colon_in_a_field", "GET %s HTTP/1.1\r\nHost: %s\r\nAccept\r\n\r\n"},                                                                      // section 5
	{"no_version", "GET %s x\r\nHost: %s\r\n\r\n"},                                                                                                // section 3
	{"blank_in_the_target", "GET %s x HTTP/1.1\r\nHost: %s\r\n\r\n"},                                                                              // section 3.2
}

// rawCases write to a connection themselves.
func (s *Session) rawCases() []Case {
	config, ok := s.tlsConfig()
	if !ok {
		s.leaveOut("%d messages that HTTP/1.1 forbids: the transport is of another kind than *http.Transport, or goes through a proxy", len(broken))
		return nil
	}
	var all []Case
	for _, kind := range broken {
		method, _, _ := strings.Cut(kind.message, " ")
		target := s.link(s.target.OrgID)
		if safe(method) {
			target += "/status"
		}
		c := Case{Name: "message/" + kind.name, Rule: "RFC 9112", Check: "negative_data_rejection", Writes: !safe(method)}
		c.run = func(a *attempt) {
			r := requests.Request{Method: method, Target: target}
			if a.over() {
				return
			}
			host := strings.TrimPrefix(strings.TrimPrefix(s.origin, "https://"), "http://")
			status, err := a.exchangeRaw(config, fmt.Sprintf(kind.message, target, host))
			switch {
			case a.ctx.Err() != nil:
				a.over()
				return
			case errors.Is(err, errClosed):
				return // closing the connection without a word refuses it too
			case err != nil:
				s.unheard(err)
				if !s.responded && a.over() {
					return // nobody is to blame for it
				}
				a.add(r, 0, checker.Finding{Direction: checker.Answer, Place: checker.Status, Rule: "responses", Problem: noAnswer(err).Error()})
				return
			}
			s.heard()
			if status != http.StatusBadRequest {
				a.add(r, status, checker.Finding{
					Direction: checker.Answer, Status: status, Place: checker.Status, Rule: "RFC 9112",
					Problem: "a message that HTTP/1.1 forbids (" + strings.ReplaceAll(kind.name, "_", " ") + ") is refused with 400",
				})
			}
		}
		all = append(all, c)
	}
	return all
}

// tlsConfig is how connections to the target are made; ok is false where nobody knows, or a proxy makes them.
func (s *Session) tlsConfig() (config *tls.Config, ok bool) {
	transport, ok := s.base.(*http.Transport)
	if !ok {
		return nil, false
	}
	if transport.Proxy != nil {
		request, err := s.statusOf(s.target.OrgID).HTTP(context.Background(), s.origin)
		if err != nil {
			return nil, false
		}
		if proxy, err := transport.Proxy(request); err != nil || proxy != nil {
			return nil, false
		}
	}
	config = new(tls.Config)
	if transport.TLSClientConfig != nil {
		config = transport.TLSClientConfig.Clone()
	}
	config.NextProtos = []string{"http/1.1"}
	return config, true
}

var errClosed = errors.New("the connection was closed without a response")

// exchangeRaw writes a message to a connection of its own, and reads the status of the response.
func (s *attempt) exchangeRaw(config *tls.Config, message string) (int, error) {
	ctx, late, end := s.within(s.ctx)
	defer end()
	connection, err := dial(ctx, s.origin, config)
	if err != nil {
		return 0, late(err)
	}
	s.exchanges++
	status, err := exchangeOn(ctx, connection, message)
	if err == nil {
		return status, nil
	}
	var bound *lateError
	if err = late(err); errors.As(err, &bound) {
		return 0, err
	}
	return 0, errClosed
}

func dial(ctx context.Context, origin string, config *tls.Config) (net.Conn, error) {
	u, err := url.Parse(origin)
	if err != nil {
		return nil, err
	}
	if u.Scheme == "https" {
		return (&tls.Dialer{Config: config}).DialContext(ctx, "tcp", withPort(u, "443"))
	}
	return new(net.Dialer).DialContext(ctx, "tcp", withPort(u, "80"))
}

func withPort(u *url.URL, standard string) string {
	return net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), standard))
}

// exchangeOn writes a message to a connection, reads the status of the final response, and closes it. Any number of interim responses may
// come before the final one (RFC 9110 section 15.2); ctx bounds the time that they take.
func exchangeOn(ctx context.Context, connection net.Conn, message string) (int, error) {
	defer func() { _ = connection.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = connection.Close() })
	defer stop()
	if _, err := io.WriteString(connection, message); err != nil {
		return 0, err
	}
	reader := bufio.NewReader(connection)
	for {
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			return 0, err
		}
		_ = response.Body.Close()
		if response.StatusCode >= http.StatusOK || response.StatusCode == http.StatusSwitchingProtocols {
			return response.StatusCode, nil
		}
	}
}
