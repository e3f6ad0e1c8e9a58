package journal_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

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
		j.Add(journal.Entry{Operation: journal.Connect, Status: 200 + i%2})
		assert.LessOrEqual(t, len(j.Entries(nil)), 3)
	}
	assert.Equal(t, []int{6, 7, 8}, numbers(j.Entries(nil)))
	assert.Equal(t, []int{7}, numbers(j.Entries(func(e journal.Entry) bool { return e.Status == 200 })))
	assert.Equal(t, 8, j.Len())
	assert.Equal(t, 4, j.Count(journal.Connect, 201))
	assert.Zero(t, j.Count(journal.Status, 201))

	j.Reset()
	j.Add(journal.Entry{Operation: journal.Status, Status: 200})
	assert.Equal(t, []int{1}, numbers(j.Entries(nil)))
	assert.Zero(t, j.Count(journal.Connect, 201))
	assert.Equal(t, 1, j.Len())
}
