package contract_test

import (
	"fmt"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/migrationlink/migrationlink/checker"
)

// judged is an exchange, and what the whole contract finds in it.
type judged struct {
	checker.Exchange
	findings []checker.Finding
}

// findings without their words, which repeat the contract, and a decision, which the document is bare of.
func findings(c *checker.Checker, e checker.Exchange) []checker.Finding {
	verdict := c.JudgeRequest(e)
	if e.Status != 0 {
		verdict = c.Judge(e)
	}
	for i := range verdict.Findings {
		verdict.Findings[i].Problem, verdict.Findings[i].Decision = "", ""
	}
	return verdict.Findings
}

// rules that a finding names when a keyword, or one of its entries, is missing; where there is none, the last part of the rule is the keyword itself.
var rules = map[string][]string{
	"security": {"security", "security/scheme"}, "paths": {"paths", "responses/404"}, "parameters": {"parameters/undeclared"},
	"get": {"paths/method"}, "post": {"paths/method"}, "delete": {"paths/method"},
	"requestBody": {"requestBody/undeclared"}, "x-max-bytes": {"requestBody/maxBytes"}, "content": {"requestBody/mediaType", "responses/*/content"},
	"schema": {"schema/*"}, "properties": {"schema/additionalProperties"}, "x-empty-body": {"responses/*/content"}, "x-refuses": {"responses/rejection"},
	"x-closed": {"schema/additionalProperties"}, "x-required": {"responses/*/headers/required"},
	// A body without what makes it an envelope is none.
	"required": {"parameters/required", "requestBody/required", "responses/*/headers/required", "schema/required", "schema/x-when"},
}

// tells reports whether a finding names what was taken out.
func (m mutation) tells(f checker.Finding) bool {
	switch {
	case m.key == "headers":
		return f.Name == m.entry
	case m.key == "responses":
		return f.Rule == "responses/"+m.entry
	case rules[m.key] == nil:
		return f.Keyword() == m.key
	default:
		return slices.ContainsFunc(rules[m.key], func(pattern string) bool { match, _ := path.Match(pattern, f.Rule); return match })
	}
}

// likely to tell is an exchange that breaks such a rule, that has such a status, or that nobody signed in to.
func (m mutation) likely(e judged) bool {
	switch m.key {
	case "responses":
		return strconv.Itoa(e.Status) == m.entry
	case "x-before-sign-in":
		return e.RequestHeader.Get("Authorization") == ""
	default:
		return slices.ContainsFunc(e.findings, m.tells)
	}
}

// notice returns the finding that only one of the two contracts makes, or what the changed document is refused for.
func (m mutation) notice(known []judged) string {
	c, err := checker.New(checker.Document(m.document), checker.Thorough())
	if err != nil {
		return "the document is refused: " + err.Error()
	}
	for _, first := range []bool{true, false} {
		for _, e := range known {
			if m.likely(e) != first {
				continue
			}
			now := findings(c, e.Exchange)
			if f, ok := less(e.findings, now, m.tells); ok {
				return "no longer " + f.String()
			}
			if f, ok := less(now, e.findings, m.tells); ok {
				return "now " + f.String()
			}
		}
	}
	return ""
}

// less finds what the first has more often than the second.
func less(first, second []checker.Finding, tells func(checker.Finding) bool) (checker.Finding, bool) {
	times := make(map[checker.Finding]int)
	for _, f := range second {
		times[f]++
	}
	for _, f := range first {
		if times[f]--; times[f] < 0 && tells(f) {
			return f, true
		}
	}
	return checker.Finding{}, false
}

// Every constraint of the contract is missed when it is taken out.
func TestEveryConstraintIsMissedWhenItIsTakenOut(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("testdata/survivors.yaml")
	require.NoError(t, err)
	survivors := make(map[string]string)
	require.NoError(t, yaml.Unmarshal(content, &survivors))
	assert.LessOrEqual(t, len(survivors), 3)

	whole, err := checker.New(checker.Thorough())
	require.NoError(t, err)
	var known []judged
	for _, e := range knownExchanges(t) {
		known = append(known, judged{e, findings(whole, e)})
	}
	all := mutations(t)
	nothing, err := checker.New(checker.Document(all[0].document), checker.Thorough())
	require.NoError(t, err)
	for _, e := range known {
		require.Equal(t, e.findings, findings(nothing, e.Exchange), "the document changes the verdict though nothing is taken out")
	}
	var table strings.Builder
	for _, m := range all[1:] {
		noticed := m.notice(known)
		reason, excused := survivors[m.name]
		delete(survivors, m.name)
		switch {
		case excused && noticed != "":
			assert.Fail(t, "no survivor any more: take it out of testdata/survivors.yaml", "%s: %s", m.name, noticed)
		case excused:
			assert.NotEmpty(t, reason, m.name)
			noticed = "survives: " + reason
		default:
			assert.NotEmpty(t, noticed, "%s: nobody misses it", m.name)
		}
		fmt.Fprintf(&table, "\n%s → %s", m.name, noticed)
	}
	for name := range survivors {
		assert.Fail(t, "a survivor that the contract does not have", name)
	}
	t.Logf("%d mutations over %d exchanges%s", len(all)-1, len(known), table.String())
	assert.Greater(t, len(all), 200)
}
