package tlsalert_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/internal/certs"
	"github.com/migrationlink/migrationlink/internal/tlsalert"
)

func selfSigned(t *testing.T) []tls.Certificate {
	t.Helper()
	c, err := certs.SelfSigned(x509.Certificate{NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)})
	require.NoError(t, err)
	return []tls.Certificate{c}
}

// shake has a client and a server shake hands, and returns what the client sees of it.
func shake(t *testing.T, client, server *tls.Config) error {
	t.Helper()
	server.Certificates, client.InsecureSkipVerify = selfSigned(t), true
	near, far := net.Pipe()
	go func() {
		conn := tls.Server(far, server)
		_ = conn.Handshake()
		_ = far.Close()
	}()
	conn := tls.Client(near, client)
	defer func() { _ = near.Close() }()
	if err := conn.Handshake(); err != nil {
		return err
	}
	_, err := conn.Read(make([]byte, 1)) // with TLS 1.3 an alert comes after the handshake of the client
	return err
}

func TestAlerts(t *testing.T) {
	t.Parallel()
	refuses := func([][]byte, [][]*x509.Certificate) error { return errors.New("not this one") }
	wanted := func(version uint16) *tls.Config {
		return &tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: version}
	}
	for name, tt := range map[string]struct {
		client, server *tls.Config
		want           tls.AlertError
		text           string
	}{
		"no version in common":             {&tls.Config{MinVersion: tls.VersionTLS13}, &tls.Config{MaxVersion: tls.VersionTLS12}, tlsalert.ProtocolVersion, "tls: protocol version not supported"},
		"a certificate is wanted, TLS 1.3": {&tls.Config{}, wanted(tls.VersionTLS13), tlsalert.CertificateRequired, "tls: certificate required"},
		"a certificate is wanted, TLS 1.2": {&tls.Config{}, wanted(tls.VersionTLS12), tlsalert.HandshakeFailure, "tls: handshake failure"},
		"a certificate is not taken": {
			&tls.Config{Certificates: selfSigned(t)}, &tls.Config{ClientAuth: tls.RequireAnyClientCert, VerifyPeerCertificate: refuses},
			tlsalert.BadCertificate, "tls: bad certificate",
		},
		"no cipher in common": {
			&tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}},
			&tls.Config{CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384}},
			tlsalert.HandshakeFailure, "tls: handshake failure",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := fmt.Errorf("wrapped: %w", shake(t, tt.client, tt.server))
			text, ended := tlsalert.Text(err)
			assert.True(t, ended)
			assert.Equal(t, tt.text, text)
			for _, alert := range []tls.AlertError{tlsalert.HandshakeFailure, tlsalert.BadCertificate, tlsalert.ProtocolVersion, tlsalert.CertificateRequired} {
				assert.Equal(t, alert == tt.want, tlsalert.Is(err, alert), "%s", alert)
			}
			assert.True(t, tlsalert.Is(err, 0, tt.want))
		})
	}
}

func TestWhatIsNoAlertOfTheOtherSide(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		nil, errors.New("tls: certificate required"), tls.AlertError(116), &net.OpError{Op: "local error", Err: tls.AlertError(116)},
	} {
		text, ended := tlsalert.Text(err)
		assert.Empty(t, text)
		assert.False(t, ended)
		assert.False(t, tlsalert.Is(err, tlsalert.CertificateRequired), "%v", err)
	}
}
