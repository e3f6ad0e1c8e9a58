package clock_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/migrationlink/migrationlink/server/clock"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func TestAClockIsPutForward(t *testing.T) {
	t.Parallel()
	c := clock.Stopped(noon)
	assert.Equal(t, noon, c.Now())
	assert.Equal(t, noon.Add(61*time.Second), c.Advance(61*time.Second))
	assert.Equal(t, noon.Add(62*time.Second), c.Advance(time.Second))
	assert.Equal(t, noon.Add(62*time.Second), c.Now())
	assert.PanicsWithValue(t, "clock: Advance by -1s: want 0 or more", func() { c.Advance(-time.Second) })

	running, before := new(clock.Clock), time.Now()
	running.Advance(time.Hour)
	assert.False(t, running.Now().Before(before.Add(time.Hour)))
	assert.True(t, running.Now().Before(time.Now().Add(time.Hour+time.Minute)))
}
