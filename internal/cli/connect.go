package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
)

// connectFlags are the flags of connect alone.
type connectFlags struct {
	callFlags
	tokenFile          string
	yes, replace, wait bool
}

func newConnect(p Process) *cobra.Command {
	var flags connectFlags
	var list manyFlags
	cmd := &cobra.Command{
		Use:     "connect [-P NAME] [--org ID] [--url ADDR] [--token-file FILE] [--yes] [-o FORMAT]\n  migrationlink connect --from FILE --results FILE [--yes] [-o FORMAT]",
		Aliases: []string{"create"},
		Short:   "Connect an organization with one of Atlas",
		Long: `Connect an organization of Cloud Manager or Ops Manager with the organization of
Atlas that the link-token was generated in.

The link-token is read from --token-file, else from standard input; where that
is a terminal it is asked for and not shown. It is never an argument, which
would stay in the shell's history and in the list of processes. One line ending
is taken off it.

The status is asked first: an organization that is SYNCED already stays as it
is, and nothing is sent, unless --replace is given. On a terminal you are then
asked before the link-token is sent; elsewhere --yes is needed.
` + manyTokenHelp + callHelp,
		Example: "  migrationlink connect --org 5f7aac56b3a0b94bcdce6d8a --yes <berlin.token\n" +
			"  migrationlink connect --from forty.csv --results forty.jsonl",
		Args:                  noArguments,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := newCall(p, flags.callFlags)
			if err != nil {
				return err
			}
			ctx, end := c.bound(cmd.Context())
			defer end()
			return connect(ctx, p, c, flags)
		},
	}
	flags.add(cmd)
	cmd.Flags().StringVar(&flags.tokenFile, "token-file", "", "the `FILE` that the link-token is in; - is standard input")
	cmd.Flags().BoolVar(&flags.replace, "replace", false, "connect also an organization that is SYNCED already:\nwhat migrates by its connection loses it")
	cmd.Flags().BoolVar(&flags.wait, "wait", false, "go on until the organization is SYNCED")
	addYes(cmd, &flags.yes)
	list.addResults(cmd)
	cmd.Flags().BoolVar(&list.retryUnknown, "retry-unknown", false, "with --from: send once more what may have taken effect")
	list.add(cmd, func(ctx context.Context) error {
		return (&manyRun{p: p, flags: flags.callFlags, many: list, operation: migrationlink.OperationConnect, yes: flags.yes, replace: flags.replace}).run(ctx)
	})
	return cmd
}

func addYes(cmd *cobra.Command, yes *bool) {
	cmd.Flags().BoolVar(yes, "yes", false, "go on without asking (also --force)")
	alias(cmd, "force", "yes")
}

// connect reads the token first, so that nothing has been sent when there is something wrong with it.
func connect(ctx context.Context, p Process, c call, flags connectFlags) error {
	if !flags.yes {
		if err := p.canAsk(); err != nil {
			return err
		}
	}
	if (flags.tokenFile == "" || flags.tokenFile == "-") && p.onTerminal() {
		fmt.Fprintf(p.Stderr, "link-token for organization %s at %s\n", c.org, c.url)
	}
	token, err := readToken(ctx, p, flags.tokenFile)
	if err != nil {
		return err
	}
	c.debug.hide(token)
	before, err := c.client.Status(ctx, c.org)
	if err != nil {
		return withoutConnect(ctx, c, err)
	}
	if before.Status == migrationlink.StatusSynced && !flags.replace {
		return c.flags.output.write(p, "already connected, SYNCED; nothing was sent. To connect it anew: --replace", result{Result: "already-connected", OrgID: c.org}, before)
	}
	if !flags.yes {
		if err := confirm(ctx, p, connectQuestion(c, before, token)); err != nil {
			return err
		}
	}
	link, err := c.client.Connect(ctx, c.org, token)
	if err != nil {
		return c.failure(ctx, err)
	}
	if flags.wait && link.Status != migrationlink.StatusSynced {
		fmt.Fprintln(p.Stderr, connected(link.Status, ""))
		if link, err = waitSynced(ctx, p, c); err != nil {
			return notSynced(ctx, p, c, link, err, result{Result: "connected", OrgID: c.org})
		}
	}
	if err := c.flags.output.write(p, connected(link.Status, c.command("status", "--watch")), result{Result: "connected", OrgID: c.org}, link); err != nil {
		done := "connected"
		if link.Status == migrationlink.StatusUnknown {
			done = "accepted"
		}
		return notWritten(done, err)
	}
	return nil
}

// connectQuestion is what is asked before a connect: from where, as it is now, to where, and what is at stake.
func connectQuestion(c call, before client.Link, token migrationlink.LinkToken) string {
	stake := ""
	if before.Status == migrationlink.StatusSynced {
		stake = "\nIt is connected already. What migrates by that connection loses it."
	}
	return fmt.Sprintf("Connect  %s  %s, now %s\n%s%s\nConnect",
		c.org, c.place(), shown(before.Status), atlas(token), stake)
}

// withoutConnect is the error of a status that kept connect from sending anything.
func withoutConnect(ctx context.Context, c call, err error) error {
	err = c.failure(ctx, err)
	if errors.Is(ctx.Err(), context.Canceled) {
		return &failure{"interrupted; the link-token was not sent", err}
	}
	return &failure{err.Error() + " The link-token was not sent.", err}
}

// connected is the result for people, and what to run where it leaves something open.
func connected(status migrationlink.Status, follow string) string {
	if follow != "" {
		follow = " Follow it: " + follow
	}
	switch status {
	case migrationlink.StatusNotSynced:
		return "connected, NOT_SYNCED: the first push has not arrived." + follow
	case migrationlink.StatusUnknown:
		return "accepted, state unknown: the answer did not tell it." + follow
	}
	return "connected, " + string(status)
}
