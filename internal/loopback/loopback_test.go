package loopback_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/migrationlink/migrationlink/internal/loopback"
)

func TestHost(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"localhost": true, "LOCALHOST": true, "Localhost": true, "localhost.": true, "LocalHost.": true,
		"127.0.0.1": true, "127.0.0.2": true, "127.255.255.254": true,
		"::1": true, "0:0:0:0:0:0:0:1": true, "0000::0001": true,
		"::1%lo": true, "::1%25": true,
		"::ffff:127.0.0.1": true, "::FFFF:7f00:1": true, "::ffff:127.0.0.1%lo": true,

		"": false, ".": false, "localhost..": false, ".localhost": false, " localhost": false, "localhost\x00": false,
		"localhos": false, "localhost6": false, "localhost.localdomain": false, "localhost.example": false, "db.localhost": false,
		"localho\u017ft": false, "\uff4cocalhost": false, "localhost:80": false, "localhost%lo": false,
		"126.255.255.255": false, "128.0.0.1": false, "10.0.0.1": false, "192.168.0.1": false, "169.254.0.1": false,
		"127.1": false, "127.0.1": false, "127": false, "127.0.0.1.": false, "127.0.0.01": false, "0127.0.0.1": false,
		"2130706433": false, "0x7f000001": false, "017700000001": false, "0x7f.0.0.1": false, "127.0.0.1:80": false,
		"0.0.0.0": false, "0": false, "::": false, "[::1]": false, "::2": false, "fe80::1": false, "fe80::1%lo": false,
		"::127.0.0.1": false, "::ffff:10.0.0.1": false, "64:ff9b::127.0.0.1": false, "2002:7f00:1::": false,
	} {
		assert.Equal(t, want, loopback.Host(host), "%q", host)
	}
}

func TestURL(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"http://LOCALHOST:8080": true, "https://localhost.": true, "http://127.0.0.1": true, "http://[::1]:8080/prefix?query": true,
		"http://[::1%25lo]:1": true, "http://[::ffff:127.0.0.1]": true, "http://user:secret@127.0.0.1": true,

		"": false, "localhost:8080": false, "127.0.0.1": false, "//": false, "http://": false, "http://%zz": false, "http://[::1": false,
		"http://localhost.example": false, "http://127.0.0.1.nip.io": false, "http://127.0.0.1@om.example": false,
		"http://om.example/127.0.0.1": false, "http://om.example?localhost": false, "http://127.1": false, "http://0.0.0.0": false,
	} {
		assert.Equal(t, want, loopback.URL(address), "%q", address)
	}
}
