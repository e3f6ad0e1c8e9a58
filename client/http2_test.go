package client_test

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/client"
)

// Frames of HTTP/2 (RFC 9113 section 6), and why a stream ends (section 7).
const (
	frameData, frameHeaders, frameReset, frameSettings, framePing, frameGoAway = 0, 1, 3, 4, 6, 7

	endStream, endHeaders, ack = 1, 4, 1

	noError, protocolError, internalError, refusedStream, cancelStream = 0, 1, 2, 7, 8
)

// stream is a request that has arrived whole over HTTP/2.
type stream struct {
	frames
	id      uint32
	content string
}

type frames struct{ io.Writer }

func (f frames) frame(kind, flags byte, id uint32, payload []byte) {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(payload))<<8|uint32(kind))
	b = binary.BigEndian.AppendUint32(append(b, flags), id)
	_, _ = f.Write(append(b, payload...))
}

func (s stream) reset(code uint32) {
	s.frame(frameReset, 0, s.id, binary.BigEndian.AppendUint32(nil, code))
}

// goAway says that streams after the last one were not looked at.
func (s stream) goAway(last, code uint32) {
	s.frame(frameGoAway, 0, 0, binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, last), code))
}

// answer sends a header, as literals of HPACK without Huffman (RFC 7541 section 6.2.2), and content.
func (s stream) answer(status, header, value, content string) {
	literal := func(text string) []byte {
		if len(text) < 127 {
			return append([]byte{byte(len(text))}, text...)
		}
		return append([]byte{127, byte(len(text) - 127)}, text...)
	}
	block := append([]byte{8}, literal(status)...) // 8 is :status
	block = append(append(append(block, 0), literal(header)...), literal(value)...)
	s.frame(frameHeaders, endHeaders, s.id, block)
	s.frame(frameData, endStream, s.id, []byte(content))
}

// http2 speaks HTTP/2 over TLS, and has serve answer each request.
func http2(certificate tls.Certificate, serve func(stream)) func(*peer) {
	return func(p *peer) {
		speakHTTP2(tls.Server(p.Conn, &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS12}), serve)
	}
}

func speakHTTP2(conn io.ReadWriter, serve func(stream)) {
	preface := make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
	if _, err := io.ReadFull(conn, preface); err != nil {
		return
	}
	out := frames{conn}
	out.frame(frameSettings, 0, 0, nil)
	contents := map[uint32]*bytes.Buffer{}
	for {
		head := make([]byte, 9)
		if _, err := io.ReadFull(conn, head); err != nil {
			return
		}
		payload := make([]byte, binary.BigEndian.Uint32(head)>>8)
		if _, err := io.ReadFull(conn, payload); err != nil {
			return
		}
		kind, flags, id := head[3], head[4], binary.BigEndian.Uint32(head[5:])
		switch {
		case kind == frameSettings && flags&ack == 0:
			out.frame(frameSettings, ack, 0, nil)
		case kind == framePing && flags&ack == 0:
			out.frame(framePing, ack, 0, payload)
		case kind == frameHeaders:
			contents[id] = new(bytes.Buffer)
		case kind == frameData:
			contents[id].Write(payload)
		}
		if (kind == frameHeaders || kind == frameData) && flags&endStream != 0 {
			serve(stream{out, id, contents[id].String()})
		}
	}
}

// net/http sends a request again by itself where a server gives up a stream of HTTP/2, also for reasons that promise nothing. A link-token is sent once.
func TestNetHTTPSendsNoTokenTwiceOverHTTP2(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		giveUp func(stream)
		want   string
	}{
		"PROTOCOL_ERROR":     {func(s stream) { s.reset(protocolError) }, "the server gave up the HTTP/2 request before an answer came"},
		"REFUSED_STREAM":     {func(s stream) { s.reset(refusedStream) }, "the server gave up the HTTP/2 request before an answer came"},
		"a graceful GOAWAY":  {func(s stream) { s.goAway(s.id-2, noError) }, "the server gave up the HTTP/2 request before an answer came"},
		"a GOAWAY for cause": {func(s stream) { s.goAway(s.id-2, protocolError) }, "the server gave up the HTTP/2 request before an answer came"},
		"INTERNAL_ERROR":     {func(s stream) { s.reset(internalError) }, "stream error: stream ID 3; INTERNAL_ERROR; received from peer"},
		"CANCEL":             {func(s stream) { s.reset(cancelStream) }, "stream error: stream ID 3; CANCEL; received from peer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ca, took := newAuthority(t), 0
				certificate := ca.issue(nil)
				serve := http2(certificate, func(s stream) {
					if s.content == "" {
						s.answer("401", "www-authenticate", challenge, "")
						return
					}
					took++ // it has the token, and who knows what it does with it
					if took == 1 {
						c.giveUp(s)
						return
					}
					s.answer("201", "content-type", "application/json", `{"status":"SYNCED"}`)
				})
				_, err := run(t, overHTTP2(t, ca, serve, serve, serve), "connect")
				require.EqualError(t, err, "connect organization 5f7aac56b3a0b94bcdce6d8a: no answer: "+c.want+"."+unknownConnect)
				assertIs(t, err, client.ErrUnavailable, client.ErrOutcomeUnknown)
				assert.Equal(t, 1, took)
			})
		})
	}
}

// The same without TLS, where a transport is told to speak HTTP/2 all the same.
func TestNetHTTPSendsNoTokenTwiceOverPlainHTTP2(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		took := 0
		serve := func(p *peer) {
			speakHTTP2(p, func(s stream) {
				if s.content == "" {
					s.answer("401", "www-authenticate", challenge, "")
					return
				}
				took++
				s.reset(protocolError)
			})
		}
		network := &pipes{t: t, conns: []func(*peer){serve, serve, serve}}
		transport := &http.Transport{DialContext: network.dial, Protocols: new(http.Protocols)}
		transport.Protocols.SetUnencryptedHTTP2(true)
		c, err := client.New(client.APIKey(publicKey, privateKey), client.BaseURL("http://om.example"), client.AllowHTTP(), client.HTTPClient(&http.Client{Transport: transport}))
		require.NoError(t, err)
		_, err = run(t, c, "connect")
		require.EqualError(t, err, "connect organization 5f7aac56b3a0b94bcdce6d8a: no answer: the server gave up the HTTP/2 request before an answer came."+unknownConnect)
		assert.Equal(t, 1, took)
		transport.CloseIdleConnections()
		network.peers.Wait()
	})
}

// A disconnect that net/http sent twice by itself finds nothing to disconnect the second time.
func TestADisconnectThatNetHTTPRepeats(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ca, asked := newAuthority(t), 0
		serve := http2(ca.issue(nil), func(s stream) {
			asked++
			switch asked {
			case 1:
				s.answer("401", "www-authenticate", challenge, "")
			case 2:
				s.reset(protocolError)
			default:
				s.answer("404", "content-type", "application/json", `{"error":404,"errorCode":"RESOURCE_NOT_FOUND"}`)
			}
		})
		_, err := run(t, overHTTP2(t, ca, serve, serve), "disconnect")
		require.NoError(t, err)
		assert.Equal(t, 3, asked)
	})
}

func overHTTP2(t *testing.T, ca *authority, conns ...func(*peer)) *client.Client {
	t.Helper()
	network := &pipes{t: t, conns: conns}
	transport := &http.Transport{DialContext: network.dial, ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: ca.Pool()}}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		network.peers.Wait()
	})
	return trying(t, transport)
}
