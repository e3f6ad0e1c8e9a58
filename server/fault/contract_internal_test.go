package fault

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
)

// TestOneMoreOperationInTheContract adds an operation to openapi.yaml alone, as whoever extends the API begins.
// Faults of each operation are then still set, and those of the new one too.
func TestOneMoreOperationInTheContract(t *testing.T) {
	t.Parallel()
	document := string(migrationlink.OpenAPI())
	begin := strings.Index(document, "    get:\n      operationId: status\n")
	require.Positive(t, begin)
	status, _, _ := strings.Cut(document[begin:], "\ncomponents:")
	describe := strings.ReplaceAll(strings.Replace(status, "operationId: status", "operationId: describe", 1), "x-decision", "x-copied")
	document = document[:begin] + strings.TrimRight(status, "\n") + "\n" +
		strings.Replace(describe, "    get:", "    put:", 1) + document[begin+len(status):]

	c, err := read([]byte(document))
	require.NoError(t, err)
	assert.ElementsMatch(t, append(migrationlink.Operations(), "describe"), c.operations)

	for _, f := range []Fault{
		On(Any).RateLimited(time.Second), On("describe").RateLimited(time.Second), On(Any).Do(Reset), On("describe").Do(Reset),
	} {
		assert.NoError(t, f.validate(c), f.String())
	}
	for want, f := range map[string]Fault{
		`operation "descride" is none of describe, connect, status, disconnect; did you mean describe?`: On("descride").Do(Reset),
		"operation is left out, and not every one has LINK_TOKEN_IN_USE; want connect":                  On(Any).Error(migrationlink.CodeLinkTokenInUse),
		"operation is left out, and not every one has notSynced; want status":                           On(Any).Do(NotSynced),
	} {
		assert.EqualError(t, f.validate(c), want)
	}
}
