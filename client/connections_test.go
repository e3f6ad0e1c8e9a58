package client_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/client"
)

// deaf is the client's end of a connection that takes the first request, and not a byte of the next: its server has closed it, and that is not known yet.
type deaf struct {
	net.Conn
	taken int
}

func (d *deaf) Write(b []byte) (int, error) {
	if d.taken++; d.taken > 1 {
		return 0, errors.New("broken pipe")
	}
	return d.Conn.Write(b)
}

func deafAtFirst(n int, conn net.Conn) net.Conn {
	if n == 0 {
		return &deaf{Conn: conn}
	}
	return conn
}

// Connections that end under a request, and what of it has arrived where.
func TestAConnectionThatEndsUnderARequest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, operation string
		conns           []func(*peer)
		wrap            func(int, net.Conn) net.Conn
		asked           []string
		want            string
		is              []error
	}{
		{"closed while idle, connect", "connect", []func(*peer){answers(challenged401), answers(synced200)}, nil,
			[]string{"POST", "POST signed"}, "", nil},
		{"closed before a byte, connect", "connect", []func(*peer){then(answers(challenged401), untilClosed), answers(synced200)}, deafAtFirst,
			[]string{"POST", "POST signed"}, "", nil},
		{"closed before a byte, disconnect", "disconnect", []func(*peer){then(answers(challenged401), untilClosed), answers(synced200)}, deafAtFirst,
			[]string{"DELETE", "DELETE signed"}, "", nil},
		{"closed before a byte, and nobody there any more", "connect", []func(*peer){then(answers(challenged401), untilClosed)}, deafAtFirst,
			[]string{"POST"}, "no answer: dial tcp: connection cut. It was tried 4 times." + notSent, []error{client.ErrUnavailable, errCut}},
		{"closed after the request, connect", "connect", []func(*peer){then(answers(challenged401), readOne), answers(synced200)}, nil,
			[]string{"POST", "POST signed"}, "no answer: EOF." + unknownConnect, []error{client.ErrUnavailable, client.ErrOutcomeUnknown}},
		{"closed after the request, status", "status", []func(*peer){then(answers(challenged401), readOne), answers(synced200)}, nil,
			[]string{"GET", "GET signed", "GET signed"}, "", nil},
		{"closed after the request, disconnect", "disconnect", []func(*peer){then(answers(challenged401), readOne), answers(synced200)}, nil,
			[]string{"DELETE", "DELETE signed", "DELETE signed"}, "", nil},
		{"closed within the header, connect", "connect", []func(*peer){answers(challenged401, "HTTP/1.1 201 Cre"), answers(synced200)}, nil,
			[]string{"POST", "POST signed"}, "no answer: net/http: HTTP/1.x transport connection broken: unexpected EOF." + unknownConnect, []error{client.ErrUnavailable, client.ErrOutcomeUnknown}},
		{"closed within the content, connect", "connect", []func(*peer){answers(challenged401, strings.TrimSuffix(synced200, `"SYNCED"}`)), answers(synced200)}, nil,
			[]string{"POST", "POST signed"}, `unexpected answer (200): the content cannot be read: unexpected EOF. The content begins: "{\"status\":".` + unknownConnect,
			[]error{client.ErrUnexpectedAnswer, client.ErrOutcomeUnknown}},
		{"closed within the content, status", "status", []func(*peer){answers(challenged401, strings.TrimSuffix(synced200, `"SYNCED"}`)), answers(synced200)}, nil,
			[]string{"GET", "GET signed", "GET signed"}, "", nil},
		{"Connection: close after the 401", "connect", []func(*peer){then(answers(strings.Replace(challenged401, "\r\n", "\r\nConnection: close\r\n", 1))), answers(synced200)}, nil,
			[]string{"POST", "POST signed"}, "", nil},
		{"answered before the request was read", "connect", []func(*peer){then(answers(challenged401), func(p *peer) {
			_, _ = p.reader.ReadByte()
			p.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		})}, nil, []string{"POST"}, "refused (413): the link-token is too long for the server.", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				network := &pipes{t: t, conns: c.conns, wrap: c.wrap}
				_, err := run(t, network.client(), c.operation)
				network.requireAsked(c.asked...)
				if c.want == "" {
					require.NoError(t, err)
					return
				}
				require.EqualError(t, err, c.operation+" organization 5f7aac56b3a0b94bcdce6d8a: "+c.want)
				assertIs(t, err, c.is...)
			})
		})
	}
}

// drip writes a text, and then one byte more each eleven seconds for as long as it is read.
func drip(text string) func(*peer) {
	return func(p *peer) {
		p.write(text)
		for {
			<-time.After(11 * time.Second) // not when the bound is over
			if _, err := p.Write([]byte("x")); err != nil {
				return
			}
		}
	}
}

func flood(text string) func(*peer) {
	return func(p *peer) {
		p.write(text)
		piece := []byte("10000\r\n" + strings.Repeat("x", 0x10000) + "\r\n")
		for {
			if _, err := p.Write(piece); err != nil {
				return
			}
		}
	}
}

const begun = "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"

func TestEveryAttemptIsBounded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		answer func(*peer)
		after  time.Duration
		want   string
		is     []error
	}{
		{"nothing", untilClosed, time.Minute, "no answer: no header of an answer within 1m0s." + unknownConnect,
			[]error{client.ErrUnavailable, client.ErrOutcomeUnknown, context.DeadlineExceeded}},
		{"a header without an end", drip(begun + "X: "), time.Minute, "no answer: no header of an answer within 1m0s." + unknownConnect,
			[]error{client.ErrUnavailable, client.ErrOutcomeUnknown, context.DeadlineExceeded}},
		{"content without an end, slowly", drip(begun + "Content-Length: 1000\r\n\r\n{"), time.Minute,
			`unexpected answer (201): the content cannot be read: the content did not come to its end within 1m0s. The content begins: "{xxxxx".` + unknownConnect,
			[]error{client.ErrUnexpectedAnswer, client.ErrOutcomeUnknown, context.DeadlineExceeded}},
		{"content without an end, fast", flood(begun + "Transfer-Encoding: chunked\r\n\r\n"), 0,
			`unexpected answer (201): the content cannot be read: it is larger than 1 MiB. The content begins: "` + strings.Repeat("x", 256) + `…".` + unknownConnect,
			[]error{client.ErrUnexpectedAnswer, client.ErrOutcomeUnknown}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				network := &pipes{t: t, conns: []func(*peer){then(answers(challenged401), readOne, c.answer)}}
				began := time.Now()
				_, err := run(t, network.client(), "connect")
				require.EqualError(t, err, "connect organization 5f7aac56b3a0b94bcdce6d8a: "+c.want)
				assertIs(t, err, c.is...)
				assert.Equal(t, c.after, time.Since(began))
				network.requireAsked("POST", "POST signed")
			})
		})
	}
}

// A sign-in that drips is as slow as any answer.
func TestAProbeIsBoundedToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := &pipes{t: t, conns: []func(*peer){then(readOne, drip("HTTP/1.1 401 "))}}
		_, err := run(t, network.client(client.Attempts(1)), "connect")
		require.EqualError(t, err, "connect organization 5f7aac56b3a0b94bcdce6d8a: no answer: no header of an answer within 1m0s."+notSent)
		assertIs(t, err, client.ErrUnavailable, context.DeadlineExceeded)
	})
}

// Where a call is canceled, and what is known then.
func TestACanceledCall(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, operation string
		conns           func(cancel func()) []func(*peer)
		asked           []string
		want            string
		is              []error
	}{
		{"in flight, connect", "connect", func(cancel func()) []func(*peer) {
			return []func(*peer){then(answers(challenged401), readOne, func(*peer) { cancel() }, untilClosed)}
		}, []string{"POST", "POST signed"}, "no answer: context canceled." + unknownConnect, []error{context.Canceled, client.ErrOutcomeUnknown}},
		{"in flight, disconnect", "disconnect", func(cancel func()) []func(*peer) {
			return []func(*peer){then(answers(challenged401), readOne, func(*peer) { cancel() }, untilClosed)}
		}, []string{"DELETE", "DELETE signed"}, "no answer: context canceled." + unknownDisconnect, []error{context.Canceled, client.ErrOutcomeUnknown}},
		{"in flight, status", "status", func(cancel func()) []func(*peer) {
			return []func(*peer){then(answers(challenged401), readOne, func(*peer) { cancel() }, untilClosed)}
		}, []string{"GET", "GET signed"}, "no answer: context canceled.", []error{context.Canceled}},
		{"in the probe", "connect", func(cancel func()) []func(*peer) {
			return []func(*peer){then(readOne, func(*peer) { cancel() }, untilClosed)}
		}, []string{"POST"}, "no answer: context canceled." + notSent, []error{context.Canceled}},
		{"while it waits", "connect", func(cancel func()) []func(*peer) {
			return []func(*peer){then(answers(challenged401, "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n"), func(*peer) {
				<-time.After(time.Second)
				cancel()
			}, untilClosed)}
		}, []string{"POST", "POST signed"}, "too many requests (429): the server takes no more for now. Come back in 5 s. Ended while it waited for the next attempt: context canceled.",
			[]error{context.Canceled, client.ErrRateLimited}},
		{"within the content, status", "status", func(cancel func()) []func(*peer) {
			return []func(*peer){then(answers(challenged401, strings.TrimSuffix(synced200, `"SYNCED"}`)), func(*peer) {
				<-time.After(time.Second)
				cancel()
			}, untilClosed)}
		}, []string{"GET", "GET signed"}, `unexpected answer (200): the content cannot be read: context canceled. The content begins: "{\"status\":".`,
			[]error{context.Canceled, client.ErrUnexpectedAnswer}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				network := &pipes{t: t, conns: c.conns(cancel)}
				_, err := runContext(ctx, t, network.client(), c.operation)
				require.EqualError(t, err, c.operation+" organization 5f7aac56b3a0b94bcdce6d8a: "+c.want)
				assertIs(t, err, c.is...)
				network.requireAsked(c.asked...)
			})
		})
	}
}

// A cause says why, and the error is that of a canceled context all the same.
func TestTheCauseOfACancelIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		why := errors.New("the lease was lost")
		network := &pipes{t: t, conns: []func(*peer){then(answers(challenged401), readOne, func(*peer) { cancel(why) }, untilClosed)}}
		_, err := network.client().Connect(ctx, org, token())
		require.EqualError(t, err, "connect organization 5f7aac56b3a0b94bcdce6d8a: no answer: the lease was lost."+unknownConnect)
		assertIs(t, err, why, context.Canceled, client.ErrOutcomeUnknown)
	})
}
