package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
)

// waitSynced follows the status until it is SYNCED, and tells on standard error how it goes: a line for each change, with the time that has passed.
func waitSynced(ctx context.Context, p Process, c call) (client.Link, error) {
	began, last := p.now(), ""
	return c.client.WaitSynced(ctx, c.org, func(w client.Waiting) {
		said := shown(w.Link.Status)
		if w.Err != nil {
			said = c.failure(ctx, w.Err).Error()
		} else if w.Link.ErrorMessage != "" {
			said += ", the last push failed: " + w.Link.ErrorMessage
		}
		if said != last {
			fmt.Fprintf(p.Stderr, "%s  %s; asking again until it is SYNCED\n", p.now().Sub(began).Round(time.Second), said)
			last = said
		}
	})
}

// notSynced ends a wait that was not to its end: with the last status as the result where there is one, and else with the error.
func notSynced(ctx context.Context, p Process, c call, link client.Link, err error, r result) error {
	ended := ctx.Err()
	if ended == nil || link.Status == migrationlink.StatusUnknown {
		return c.failure(ctx, err)
	}
	if errors.Is(ended, context.Canceled) {
		done := ""
		if r.Result != "" {
			done = r.Result + ", "
		}
		return &failure{"interrupted; " + done + "last seen " + string(link.Status), errInterrupted}
	}
	text := fmt.Sprintf("%s, still after %s", link.Status, &c.flags.timeout)
	if err := c.flags.output.write(p, text, r, link); err != nil {
		return notWritten("answered", err)
	}
	return resultError(ExitNotSynced)
}
