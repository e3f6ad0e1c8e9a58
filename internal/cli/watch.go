package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/settings"
)

// waitSynced follows the status until it is SYNCED, and tells on standard error how it goes: a line for each change, with the time that has passed.
func waitSynced(ctx context.Context, p console.Process, c settings.Call) (client.Link, error) {
	began, last := p.Time(), ""
	return c.Client.WaitSynced(ctx, c.Org, func(w client.Waiting) {
		said := console.StatusText(w.Link.Status)
		if w.Err != nil {
			said = c.Failure(ctx, w.Err).Error()
		} else if w.Link.ErrorMessage != "" {
			said += ", the last push failed: " + w.Link.ErrorMessage
		}
		if said != last {
			fmt.Fprintf(p.Stderr, "%s  %s; asking again until it is SYNCED\n", p.Time().Sub(began).Round(time.Second), said)
			last = said
		}
	})
}

// notSynced ends a wait that was not to its end: with the last status as the result where there is one, and else with the error.
func notSynced(ctx context.Context, p console.Process, c settings.Call, link client.Link, err error, r console.Result) error {
	ended := ctx.Err()
	if ended == nil || link.Status == migrationlink.StatusUnknown {
		return c.Failure(ctx, err)
	}
	if errors.Is(ended, context.Canceled) {
		done := ""
		if r.Result != "" {
			done = r.Result + ", "
		}
		return &settings.Failure{Text: "interrupted; " + done + "last seen " + string(link.Status), Err: console.ErrInterrupted}
	}
	text := fmt.Sprintf("%s, still after %s", link.Status, &c.Flags.Timeout)
	if err := c.Flags.Output.Write(p, text, r, link); err != nil {
		return console.NotWritten("answered", err)
	}
	return console.ResultError(console.ExitNotSynced)
}
