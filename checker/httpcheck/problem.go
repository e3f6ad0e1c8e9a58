package httpcheck

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"

	"github.com/migrationlink/migrationlink/checker"
)

// problem is what the proxy answers in the target's place: RFC 9457, since it is not the API and does not pose as it.
type problem struct {
	Title    string   `json:"title"`
	Status   int      `json:"status"`
	Detail   string   `json:"detail"`
	Findings []string `json:"findings,omitempty"`
}

func problemOf(status int, detail string, wrong []checker.Finding) problem {
	p := problem{Title: http.StatusText(status), Status: status, Detail: detail}
	for _, f := range wrong {
		p.Findings = append(p.Findings, f.String())
	}
	return p
}

func write(w http.ResponseWriter, p problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(p) // who has gone away can't be told
}

// unreached says why the target did not answer. The text of the error is left out: it repeats the request's target.
func unreached(err error) string {
	var (
		name      *net.DNSError
		plain     tls.RecordHeaderError
		untrusted *tls.CertificateVerificationError
		timeout   net.Error
	)
	switch {
	case errors.Is(err, errNoStatus):
		return "its status is none that HTTP has"
	case errors.As(err, &name):
		return "its host has no address"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there"
	case errors.As(err, &plain):
		return "it does not speak TLS, and was to be reached by https"
	case errors.As(err, &untrusted):
		return "its certificate is not trusted on this machine"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "it took too long"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return "it closed the connection"
	}
	return "the connection failed"
}
