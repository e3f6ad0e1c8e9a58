package cli_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/migrationlink/migrationlink/internal/cli"
	"github.com/migrationlink/migrationlink/internal/console"
)

// Whoever reads the address finds the stand-in ready: here in the middle of the write that tells it.
func TestServe_isReadyWhenItTellsItsAddress(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var health ran
	stdout := &output{written: func(lines string) {
		_, admin, _ := strings.Cut(strings.TrimSpace(lines), "admin interface on ")
		health = run(t, "", nil, "health", "--url", admin)
		stop()
	}}
	code := cli.Run(ctx, process(stdout, &output{}, strings.NewReader(""), nil, []string{"serve", "--admin", "127.0.0.1:0"}))
	assert.Equal(t, console.ExitDone, code)
	assert.Equal(t, ran{console.ExitDone, "ready\n", ""}, health)
}
