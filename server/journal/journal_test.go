package journal_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server/journal"
)

func numbers(entries []journal.Entry) []int {
	all := make([]int, len(entries))
	for i, e := range entries {
		all[i] = e.Number
	}
	return all
}

func TestTheJournalKeepsTheLastAndCountsAll(t *testing.T) {
	t.Parallel()
	j := journal.New(3)
	assert.Empty(t, j.Entries(nil))
	for i := range 8 {
		j.Add(journal.Entry{Operation: migrationlink.OperationConnect, Status: 200 + i%2})
		assert.LessOrEqual(t, len(j.Entries(nil)), 3)
	}
	assert.Equal(t, []int{6, 7, 8}, numbers(j.Entries(nil)))
	assert.Equal(t, []int{7}, numbers(j.Entries(func(e journal.Entry) bool { return e.Status == 200 })))
	assert.Equal(t, 8, j.Len())
	assert.Equal(t, 4, j.Count(migrationlink.OperationConnect, 201))
	assert.Zero(t, j.Count(migrationlink.OperationStatus, 201))

	j.Reset()
	j.Add(journal.Entry{Operation: migrationlink.OperationStatus, Status: 200})
	assert.Equal(t, []int{1}, numbers(j.Entries(nil)))
	assert.Zero(t, j.Count(migrationlink.OperationConnect, 201))
	assert.Equal(t, 1, j.Len())
}

func TestWhoWatchesIsToldOfEachEntryWithItsNumber(t *testing.T) {
	t.Parallel()
	j := journal.New(1)
	var first, second []journal.Entry
	j.Add(journal.Entry{})
	j.Watch(func(e journal.Entry) { first = append(first, e) })
	j.Add(journal.Entry{})
	j.Watch(func(e journal.Entry) { second = append(second, e) })
	j.Add(journal.Entry{})
	assert.Equal(t, []int{2, 3}, numbers(first))
	assert.Equal(t, []int{3}, numbers(second))
}

func TestAnEntryIsOneLine(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 23, 11, 0, 1, 5, time.FixedZone("CET", 3600))
	tests := map[string]journal.Entry{
		"1, 2026-11-23T10:00:01Z, status, 401, a probe": {Number: 1, At: at, Operation: migrationlink.OperationStatus, Status: 401, Probe: true},
		"3, 2026-11-23T10:00:01Z, connect, 409 LINK_TOKEN_IN_USE, by ownerkey, organization 5f7aac56b3a0b94bcdce6d8a": {
			Number: 3, At: at, Operation: migrationlink.OperationConnect, Status: 409, Code: "LINK_TOKEN_IN_USE", Caller: "ownerkey", OrgID: "5f7aac56b3a0b94bcdce6d8a",
		},
		"4, 2026-11-23T10:00:01Z, no operation, 404 RESOURCE_NOT_FOUND":        {Number: 4, At: at, Status: 404, Code: "RESOURCE_NOT_FOUND"},
		"5, 2026-11-23T10:00:01Z, connect, no answer, fault: connection reset": {Number: 5, At: at, Operation: migrationlink.OperationConnect, Fault: "connection reset"},
	}
	for want, entry := range tests {
		assert.Equal(t, want, entry.String())
	}
}
