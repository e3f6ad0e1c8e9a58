package contract_test

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/migrationlink/migrationlink/internal/secret"
)

var finder = secret.NewFinder(canaries()...)

// noCanary fails the test for each credential in the output, in whatever encoding, and names it.
func noCanary(t testing.TB, output []byte) {
	t.Helper()
	for _, finding := range finder.Find(output) {
		assert.Fail(t, "a credential is in the output", finding.String())
	}
}

// A search that finds nothing proves something only when it finds what was planted.
func TestTheCanarySearchFindsAPlantedLeak(t *testing.T) {
	t.Parallel()
	for name, planted := range map[string]string{
		"raw":             token,
		"a window of it":  token[40:52],
		"base64 of it":    base64.StdEncoding.EncodeToString([]byte("x" + privateKey)),
		"hex":             hex.EncodeToString([]byte(tokenPrivateKey)),
		"escaped":         url.QueryEscape(token),
		"in a JSON value": `{"detail":"` + tokenPrivateKey + `"}`,
	} {
		assert.NotEmpty(t, secret.Find([]byte("time=1 msg="+planted+" status=401"), canaries()...), name)
	}
	assert.Empty(t, secret.Find([]byte("time=1 msg=connect status=201 key=owner"), canaries()...))
}
