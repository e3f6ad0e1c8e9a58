package fault_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server/fault"
)

func call(operation migrationlink.Operation) fault.Call {
	return fault.Call{Operation: operation, Scheme: migrationlink.SecuritySchemeDigest, OrgID: "5f7aac56b3a0b94bcdce6d8a"}
}

// texts are the strikes in words.
func texts(strikes []fault.Strike) []string {
	all := make([]string, len(strikes))
	for i, s := range strikes {
		all[i] = s.String()
	}
	return all
}

func add(t testing.TB, s *fault.Set, f fault.Fault) int {
	t.Helper()
	id, err := s.Add(f)
	require.NoError(t, err)
	return id
}

func TestFaultsStrikeInTheirOrder(t *testing.T) {
	t.Parallel()
	s := new(fault.Set)
	assert.Empty(t, s.Strike(call(migrationlink.OperationConnect), fault.BeforeEffect))
	add(t, s, fault.On(migrationlink.OperationConnect).Next(2).Do(fault.Reset))
	add(t, s, fault.On(fault.Any).Next(2).Do(fault.Empty))
	late := add(t, s, fault.On(fault.Any).Next(4).Latency(time.Second))

	assert.Empty(t, s.Strike(call(migrationlink.OperationConnect), fault.BeforeSignIn), "not there")
	strike := func(operation migrationlink.Operation) []string {
		return texts(s.Strike(call(operation), fault.BeforeEffect, fault.AfterEffect))
	}
	assert.Equal(t, []string{"latency 1s: the next 4 calls (1)", "reset: the next 2 calls of connect (1)"}, strike(migrationlink.OperationConnect))
	assert.Equal(t, []string{"latency 1s: the next 4 calls (2)", "empty: the next 2 calls (1)"}, strike(migrationlink.OperationStatus))
	assert.Equal(t, []string{"latency 1s: the next 4 calls (3)", "reset: the next 2 calls of connect (2)"}, strike(migrationlink.OperationConnect))
	require.NoError(t, s.Remove(late))
	require.ErrorIs(t, s.Remove(late), fault.ErrNoFault)
	assert.Equal(t, []string{"empty: the next 2 calls (2)"}, strike(migrationlink.OperationConnect))
	assert.Empty(t, strike(migrationlink.OperationConnect), "all is over")
	assert.Equal(t, []fault.State{
		{ID: 1, Fault: fault.On(migrationlink.OperationConnect).Next(2).Do(fault.Reset), Struck: 2, Over: true},
		{ID: 2, Fault: fault.On(fault.Any).Next(2).Do(fault.Empty), Struck: 2, Over: true},
	}, s.List())
	assert.False(t, s.Armed(), "so that nobody waits for a lock")
	add(t, s, fault.On(fault.Any).Do(fault.Reset))
	assert.True(t, s.Armed())
	s.Clear()
	assert.False(t, s.Armed())
	assert.Empty(t, s.List())
	assert.Equal(t, 5, add(t, s, fault.On(migrationlink.OperationConnect).Do(fault.Reset)), "an id is not given twice")
}

func TestAFaultOfASchemeStrikesItAlone(t *testing.T) {
	t.Parallel()
	s := new(fault.Set)
	add(t, s, fault.On(fault.Any).Do(fault.StaleNonce))
	add(t, s, fault.On(fault.Any).Do(fault.ExpiredToken))
	bearer := call(migrationlink.OperationStatus)
	bearer.Scheme = migrationlink.SecuritySchemeServiceAccount
	assert.Equal(t, []string{"expiredToken: the next call (1)"}, texts(s.Strike(bearer, fault.AtSignIn)))
	assert.Empty(t, s.Strike(bearer, fault.AtSignIn))
	assert.Equal(t, []string{"staleNonce: the next call (1)"}, texts(s.Strike(call(migrationlink.OperationStatus), fault.AtSignIn)))
}

// TestTheNextAreExactHoweverManyComeAtATime has 32 callers race for 1,000 strikes.
func TestTheNextAreExactHoweverManyComeAtATime(t *testing.T) {
	t.Parallel()
	s := new(fault.Set)
	add(t, s, fault.On(migrationlink.OperationConnect).Next(1000).Do(fault.Reset))
	var struck atomic.Int64
	var numbers sync.Map
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			for range 100 {
				for _, strike := range s.Strike(call(migrationlink.OperationConnect), fault.BeforeEffect) {
					struck.Add(1)
					_, twice := numbers.LoadOrStore(strike.Number, true)
					assert.False(t, twice)
				}
				_ = s.List()
			}
		})
	}
	all.Wait()
	assert.Equal(t, int64(1000), struck.Load())
}

// drawn are the calls of one organization that a share strikes.
func drawn(s *fault.Set, calls int) string {
	var all []byte
	for range calls {
		mark := byte('.')
		if len(s.Strike(call(migrationlink.OperationStatus), fault.BeforeEffect)) > 0 {
			mark = 'x'
		}
		all = append(all, mark)
	}
	return string(all)
}

func TestAShareFollowsFromItsSeed(t *testing.T) {
	t.Parallel()
	of := func(seed uint64, inARow int) string {
		s := new(fault.Set)
		add(t, s, fault.On(migrationlink.OperationStatus).Share(0.5, seed, inARow).Do(fault.Empty))
		return drawn(s, 40)
	}
	assert.Equal(t, of(7, 1000), of(7, 1000))
	assert.NotEqual(t, of(7, 1000), of(8, 1000))
	assert.Contains(t, of(7, 1000), "xxx")
	assert.NotContains(t, of(7, 2), "xxx")
	s := new(fault.Set)
	add(t, s, fault.On(migrationlink.OperationStatus).Share(1, 0, 2).Do(fault.Empty))
	assert.Equal(t, "xx.xx.xx.", drawn(s, 9))
}

// TestACapInARowIsOfOneOrganization lets whoever tries again often enough get through, whatever others do meanwhile.
func TestACapInARowIsOfOneOrganization(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		inARow := rapid.IntRange(1, 3).Draw(t, "inARow")
		s := new(fault.Set)
		_, err := s.Add(fault.On(fault.Any).Share(rapid.Float64Range(0.01, 1).Draw(t, "share"), rapid.Uint64().Draw(t, "seed"), inARow).Do(fault.Reset))
		require.NoError(t, err)
		run := make(map[migrationlink.OrgID]int)
		for range rapid.IntRange(1, 200).Draw(t, "calls") {
			org := migrationlink.OrgID(fmt.Sprintf("%024x", rapid.IntRange(1, 3).Draw(t, "org")))
			run[org]++
			if len(s.Strike(fault.Call{Operation: migrationlink.OperationConnect, OrgID: org}, fault.BeforeEffect)) == 0 {
				run[org] = 0
			}
			assert.LessOrEqual(t, run[org], inARow)
		}
	})
}

func TestALatencyIsBetweenItsTimes(t *testing.T) {
	t.Parallel()
	s := new(fault.Set)
	add(t, s, fault.On(migrationlink.OperationConnect).Next(1000).LatencyBetween(10*time.Millisecond, 20*time.Millisecond))
	delays := make(map[time.Duration]bool)
	for range 1000 {
		strikes := s.Strike(call(migrationlink.OperationConnect), fault.BeforeEffect)
		require.Len(t, strikes, 1)
		assert.GreaterOrEqual(t, strikes[0].Delay, 10*time.Millisecond)
		assert.LessOrEqual(t, strikes[0].Delay, 20*time.Millisecond)
		delays[strikes[0].Delay] = true
	}
	assert.Greater(t, len(delays), 900)
}

// TestASetIsBounded forgets first what is over, and refuses where nothing is.
func TestASetIsBounded(t *testing.T) {
	t.Parallel()
	s := new(fault.Set)
	for range 1000 {
		add(t, s, fault.On(migrationlink.OperationConnect).Do(fault.Reset))
	}
	_, err := s.Add(fault.On(migrationlink.OperationConnect).Do(fault.Reset))
	require.EqualError(t, err, "1000 faults are set and may still strike; remove some first")
	require.Len(t, s.Strike(call(migrationlink.OperationConnect), fault.BeforeEffect), 1)
	assert.Equal(t, 1001, add(t, s, fault.On(migrationlink.OperationConnect).Do(fault.Empty)))
	all := s.List()
	assert.Len(t, all, 1000)
	assert.Equal(t, 2, all[0].ID)
}

// BenchmarkNoFault is what every request costs a stand-in in which nothing goes wrong: a few nanoseconds.
func BenchmarkNoFault(b *testing.B) {
	s := new(fault.Set)
	c := call(migrationlink.OperationConnect)
	b.ReportAllocs()
	for b.Loop() {
		if len(s.Strike(c, fault.BeforeEffect, fault.AfterEffect)) > 0 {
			b.Fatal("a fault strikes that nobody has set")
		}
	}
}
