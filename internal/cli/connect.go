package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/internal/bulk"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/settings"
)

// connectFlags are the flags of connect alone.
type connectFlags struct {
	settings.Flags
	tokenFile          string
	yes, replace, wait bool
}

func newConnect(p console.Process) *cobra.Command {
	var flags connectFlags
	var list bulk.Flags
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
` + bulk.TokenHelp + settings.Help,
		Example: "  migrationlink connect --org 5f7aac56b3a0b94bcdce6d8a --yes <berlin.token\n" +
			"  migrationlink connect --from forty.csv --results forty.jsonl",
		Args:                  noArguments,
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := settings.NewCall(p, flags.Flags)
			if err != nil {
				return err
			}
			ctx, end := c.Bound(cmd.Context())
			defer end()
			return connect(ctx, p, c, flags)
		},
	}
	flags.Add(cmd)
	cmd.Flags().StringVar(&flags.tokenFile, "token-file", "", "the `FILE` that the link-token is in; - is standard input")
	cmd.Flags().BoolVar(&flags.replace, "replace", false, "connect also an organization that is SYNCED already:\nwhat migrates by its connection loses it")
	cmd.Flags().BoolVar(&flags.wait, "wait", false, "go on until the organization is SYNCED")
	addYes(cmd, &flags.yes)
	list.AddResults(cmd)
	cmd.Flags().BoolVar(&list.RetryUnknown, "retry-unknown", false, "with --from: send once more what may have taken effect")
	list.Add(cmd, func(ctx context.Context) error {
		return (&bulk.Run{Process: p, Flags: flags.Flags, List: list, Operation: migrationlink.OperationConnect, Yes: flags.yes, Replace: flags.replace}).Do(ctx)
	})
	return cmd
}

func addYes(cmd *cobra.Command, yes *bool) {
	cmd.Flags().BoolVar(yes, "yes", false, "go on without asking (also --force)")
	settings.Alias(cmd, "force", "yes")
}

// connect reads the token first, so that nothing has been sent when there is something wrong with it.
func connect(ctx context.Context, p console.Process, c settings.Call, flags connectFlags) error {
	if !flags.yes {
		if err := p.CanAsk(); err != nil {
			return err
		}
	}
	if (flags.tokenFile == "" || flags.tokenFile == "-") && p.OnTerminal() {
		fmt.Fprintf(p.Stderr, "link-token for organization %s at %s\n", c.Org, c.URL)
	}
	token, err := console.ReadToken(ctx, p, flags.tokenFile)
	if err != nil {
		return err
	}
	c.Debug.Hide(token)
	before, err := c.Client.Status(ctx, c.Org)
	if err != nil {
		return withoutConnect(ctx, c, err)
	}
	if before.Status == migrationlink.StatusSynced && !flags.replace {
		return c.Flags.Output.Write(p, "already connected, SYNCED; nothing was sent. To connect it anew: --replace", console.Result{Result: "already-connected", OrgID: c.Org}, before)
	}
	if !flags.yes {
		if err := console.Confirm(ctx, p, connectQuestion(c, before, token)); err != nil {
			return err
		}
	}
	link, err := c.Client.Connect(ctx, c.Org, token)
	if err != nil {
		return c.Failure(ctx, err)
	}
	if flags.wait && link.Status != migrationlink.StatusSynced {
		fmt.Fprintln(p.Stderr, connected(link.Status, ""))
		if link, err = waitSynced(ctx, p, c); err != nil {
			return notSynced(ctx, p, c, link, err, console.Result{Result: "connected", OrgID: c.Org})
		}
	}
	if err := c.Flags.Output.Write(p, connected(link.Status, c.Command("status", "--watch")), console.Result{Result: "connected", OrgID: c.Org}, link); err != nil {
		done := "connected"
		if link.Status == migrationlink.StatusUnknown {
			done = "accepted"
		}
		return console.NotWritten(done, err)
	}
	return nil
}

// connectQuestion is what is asked before a connect: from where, as it is now, to where, and what is at stake.
func connectQuestion(c settings.Call, before client.Link, token migrationlink.LinkToken) string {
	stake := ""
	if before.Status == migrationlink.StatusSynced {
		stake = "\nIt is connected already. What migrates by that connection loses it."
	}
	return fmt.Sprintf("Connect  %s  %s, now %s\n%s%s\nConnect",
		c.Org, c.Place(), console.StatusText(before.Status), console.AtlasOrganization(token), stake)
}

// withoutConnect is the error of a status that kept connect from sending anything.
func withoutConnect(ctx context.Context, c settings.Call, err error) error {
	err = c.Failure(ctx, err)
	if errors.Is(ctx.Err(), context.Canceled) {
		return &settings.Failure{Text: "interrupted; the link-token was not sent", Err: err}
	}
	return &settings.Failure{Text: err.Error() + " The link-token was not sent.", Err: err}
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
