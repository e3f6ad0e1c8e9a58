package contract_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/contracttest"
	"github.com/migrationlink/migrationlink/server"
)

// One access token does for all that an account asks, so that no limit is met; a read-only run fetches it too.
func TestAnAccessTokenIsFetchedOnce(t *testing.T) {
	t.Parallel()
	for _, writes := range []bool{true, false} {
		target := targetOf(t)
		target.Writes = writes
		bearers := 0
		count := contracttest.Report(func(e checker.Exchange, _ checker.Verdict) {
			if strings.HasPrefix(e.RequestHeader.Get("Authorization"), "Bearer ") {
				bearers++
			}
		})
		_ = runSuite(t, target, contracttest.Variants(0), contracttest.Only("bearer/status"), count)
		assert.Greater(t, bearers, 20)
		// The altered ones are made of the owner's; one is fetched for each operation by each of the two that are refused.
		assert.Equal(t, 3, target.Handler.(*server.Server).Journal().Count("token", 200))
	}
}

func TestWithoutAServiceAccountItIsSaidWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	const none, role, elsewhere = "left out: what signs in by OAuth 2.0: no service account was given",
		"left out: a service account without the role: none was given", "left out: a service account that may not be used from here: none was given"
	for name, c := range map[string]struct {
		change func(*contracttest.Target)
		want   []string
		cases  bool
	}{
		"all": {func(*contracttest.Target) {}, nil, true},
		"none": {func(s *contracttest.Target) {
			s.ServiceAccount, s.AccountWithoutRole, s.AccountElsewhere = contracttest.Key{}, contracttest.Key{}, contracttest.Key{}
		}, []string{none}, false},
		"the owner only": {func(s *contracttest.Target) {
			s.AccountWithoutRole, s.AccountElsewhere = contracttest.Key{}, contracttest.Key{}
		}, []string{role, elsewhere}, true},
	} {
		target := targetOf(t)
		c.change(&target)
		s, err := contracttest.Open(t.Context(), target)
		require.NoError(t, err)
		assert.ElementsMatch(t, c.want, s.LeftOut(), name)
		found := false
		for _, of := range s.Cases() {
			found = found || strings.HasPrefix(of.Name, "bearer/")
		}
		assert.Equal(t, c.cases, found, name)
		require.NoError(t, s.Close(t.Context()))
	}
}
