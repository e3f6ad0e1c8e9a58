package pages_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/docs/pages"
)

func TestTheContractsPageIsWritten(t *testing.T) {
	t.Parallel()
	want, err := pages.Decisions(migrationlink.OpenAPI())
	require.NoError(t, err)

	got, err := os.ReadFile(filepath.FromSlash("../../../docs/decisions.md"))
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got), "docs/decisions.md is not what openapi.yaml says; run go generate ./...")
}

func TestEveryDecisionIsOnThePage(t *testing.T) {
	t.Parallel()
	got, err := pages.Decisions(migrationlink.OpenAPI())
	require.NoError(t, err)

	// Counted without the YAML reader: each decision has one line with its evidence.
	want := len(regexp.MustCompile(`(?m)^ +evidence: `).FindAll(migrationlink.OpenAPI(), -1))
	assert.Positive(t, want)
	assert.Equal(t, want, strings.Count(string(got), "\n*Evidence:* "))
}

// TestDecisions shows the page for one document that has a decision in every kind of place.
func TestDecisions(t *testing.T) {
	t.Parallel()
	contract, err := os.ReadFile(filepath.FromSlash("testdata/contract.yaml"))
	require.NoError(t, err)
	want, err := os.ReadFile(filepath.FromSlash("testdata/decisions.md"))
	require.NoError(t, err)

	first, err := pages.Decisions(contract)
	require.NoError(t, err)
	second, err := pages.Decisions(contract)
	require.NoError(t, err)

	assert.Equal(t, string(want), string(first))
	assert.Equal(t, first, second, "the same document gives the same page")
}

func TestDecisionsThatAreNone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, contract, want string
	}{
		{
			name:     "what is not YAML",
			contract: "a: [",
			want:     "openapi.yaml: yaml: line 1: did not find expected node content",
		},
		{
			name:     "an empty document",
			contract: "",
			want:     "openapi.yaml: want an OpenAPI document, a mapping",
		},
		{
			name:     "a list for a document",
			contract: "- openapi",
			want:     "openapi.yaml: want an OpenAPI document, a mapping",
		},
		{
			name:     "a decision outside a list",
			contract: "info:\n  x-decision: {name: a, text: b, evidence: c}",
			want:     "openapi.yaml:2: x-decision is a list of entries with the keys name, text, evidence, rules",
		},
		{
			name:     "an empty list",
			contract: "info:\n  x-decision: []",
			want:     "openapi.yaml:2: x-decision is a list of entries with the keys name, text, evidence, rules",
		},
		{
			name:     "a decision that is no mapping",
			contract: "info:\n  x-decision:\n    - yes, please",
			want:     "openapi.yaml:3: an entry of x-decision is a mapping with the keys name, text, evidence, rules",
		},
		{
			name:     "two decisions of one name",
			contract: "info:\n  x-decision:\n    - {name: a, text: b, evidence: c}\ntags:\n  - x-decision:\n    - {name: a, text: d, evidence: e}",
			want:     `openapi.yaml:6: the decision "a" has the name of the one in line 3; each has a name of its own`,
		},
		{
			name:     "no name",
			contract: "x-decision:\n  - text: b\n    evidence: c",
			want:     `openapi.yaml:2: an entry of x-decision lacks the key "name"`,
		},
		{
			name:     "no text",
			contract: "x-decision:\n  - name: a\n    evidence: c",
			want:     `openapi.yaml:2: an entry of x-decision lacks the key "text"`,
		},
		{
			name:     "no evidence",
			contract: "x-decision:\n  - name: a\n    text: b",
			want:     `openapi.yaml:2: an entry of x-decision lacks the key "evidence"`,
		},
		{
			name:     "evidence without a value",
			contract: "x-decision:\n  - name: a\n    text: b\n    evidence:",
			want:     `openapi.yaml:4: "evidence" of an entry of x-decision is a text`,
		},
		{
			name:     "a blank text",
			contract: "x-decision:\n  - name: a\n    text: ' '\n    evidence: c",
			want:     `openapi.yaml:3: "text" of an entry of x-decision is a text`,
		},
		{
			name:     "a number for a text",
			contract: "x-decision:\n  - name: a\n    text: 404\n    evidence: c",
			want:     `openapi.yaml:3: "text" of an entry of x-decision is a text`,
		},
		{
			name:     "an unknown key",
			contract: "x-decision:\n  - name: a\n    text: b\n    evidence: c\n    source: d",
			want:     `openapi.yaml:5: an entry of x-decision has no key "source"; its keys are name, text, evidence, rules`,
		},
		{
			name:     "a key given twice",
			contract: "x-decision:\n  - name: a\n    text: b\n    text: c",
			want:     `openapi.yaml:4: the key "text" stands twice in one entry of x-decision`,
		},
		{
			name:     "a refusal by a decision that stands elsewhere",
			contract: "x-decision:\n  - {name: a, text: b, evidence: c}\nx-refuses:\n  body/schema/type: d",
			want:     `openapi.yaml:4: x-refuses: body/schema/type: want the name of a decision beside it, not "d"`,
		},
		{
			name:     "a refusal without a decision",
			contract: "openapi: 3.0.3\nx-refuses:\n  body/schema/type: d",
			want:     "openapi.yaml:2: x-refuses stands beside no x-decision; want one that says so",
		},
		{
			name:     "a contradiction that follows nothing",
			contract: "x-contradictions:\n  - about: a\n    sources: b",
			want:     `openapi.yaml:2: an entry of x-contradictions lacks the key "followed"`,
		},
		{
			name:     "a contradiction with an unknown key",
			contract: "x-contradictions:\n  - about: a\n    source: b\n    followed: c",
			want:     `openapi.yaml:3: an entry of x-contradictions has no key "source"; its keys are about, sources, followed`,
		},
		{
			name:     "contradictions outside a list",
			contract: "openapi: 3.0.3\nx-contradictions: none",
			want:     "openapi.yaml:2: x-contradictions is a list of entries with the keys about, sources, followed",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := pages.Decisions([]byte(tt.contract))
			require.EqualError(t, err, tt.want)
			assert.Nil(t, got)
		})
	}
}
