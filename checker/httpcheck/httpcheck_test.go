package httpcheck_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/checker"
)

const link = "/api/public/v1.0/orgs/5f7aac56b3a0b94bcdce6d8a/liveExport/migrationLink"

func newChecker(t testing.TB) *checker.Checker {
	t.Helper()
	c, err := checker.New()
	require.NoError(t, err)
	return c
}

func lines(findings []checker.Finding) []string {
	all := make([]string, len(findings))
	for i, finding := range findings {
		all[i] = finding.String()
	}
	return all
}
