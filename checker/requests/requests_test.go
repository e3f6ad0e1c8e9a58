package requests_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/requests"
)

func newMaker(t testing.TB, config requests.Config) *requests.Maker {
	t.Helper()
	judge, err := checker.New()
	require.NoError(t, err)
	m, err := requests.New(migrationlink.OpenAPI(), judge, config)
	require.NoError(t, err)
	return m
}

func TestPrint(t *testing.T) {
	m := newMaker(t, requests.Config{Base: "/api/public/v1.0", Seed: 1, Variants: 10})
	n := 0
	for _, c := range append(m.Right(), m.Wrong()...) {
		n += len(c.Requests)
		fmt.Println(c.Name, c.Rule, c.Decision, c.Statuses, len(c.Requests))
	}
	fmt.Println(n, strings.Repeat("-", 9))
}
