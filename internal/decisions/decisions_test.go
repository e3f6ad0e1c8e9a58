package decisions_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/decisions"
)

const document = `
x-decision:
  - {name: whole, text: b, evidence: c}
paths:
  /a/{b}:
    get:
      x-decision:
        - {name: first, rules: "request/* answer/responses/404"}
        - {name: second, more: {x-decision: [{name: inside}]}}
      operationId: ask
      parameters:
        - name: one
        - name: two
          x-decision: [{name: parameter}]
    put:
      x-decision: [{name: without an operationId}]
components:
  schemas:
    Link: {x-decision: [{name: schema}]}
`

func TestRead(t *testing.T) {
	t.Parallel()
	found, err := decisions.Read([]byte(document))
	require.NoError(t, err)
	var said []string
	for _, d := range found {
		said = append(said, d.Name+"; "+strings.Join(d.Place, " ")+"; "+d.Operation+"; "+strings.Join(d.Rules, ","))
	}
	assert.Equal(t, []string{
		"whole; ; ; ",
		"first; paths /a/{b} get; ask; request/*,answer/responses/404",
		"second; paths /a/{b} get; ask; ",
		"parameter; paths /a/{b} get parameters 1; ask; ",
		"without an operationId; paths /a/{b} put; ; ",
		"schema; components schemas Link; ; ",
	}, said)
}

func TestReadTheContract(t *testing.T) {
	t.Parallel()
	found, err := decisions.Read(migrationlink.OpenAPI())
	require.NoError(t, err)
	assert.Len(t, found, strings.Count(string(migrationlink.OpenAPI()), " evidence: "))
}

func TestReadSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for document, want := range map[string]string{
		"a: [":                        "yaml: line 1: did not find expected node content",
		"a: {\n x-decision: no}":      "line 2: x-decision: want a list of entries, each with the texts name and, perhaps, rules",
		"x-decision: [{rules: 'a['}]": `line 1: x-decision : rules: "a[" is no pattern`,
	} {
		_, err := decisions.Read([]byte(document))
		assert.EqualError(t, err, want, document)
	}
	for _, document := range []string{"", "- a", "a", "x-decision: []"} {
		found, err := decisions.Read([]byte(document))
		require.NoError(t, err, document)
		assert.Empty(t, found)
	}
}
