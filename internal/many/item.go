package many

import (
	"cmp"
	"context"
	"errors"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
)

// Server is where a row is worked on, and who signs in there.
type Server struct {
	Client *client.Client
	// Address tells servers apart; it is what people call it.
	Address string
}

// Item is a row and what is known of it. It changes while a run is under way.
type Item struct {
	Row
	Server Server
	// Status as answered last; migrationlink.StatusUnknown where it was not.
	Status migrationlink.Status
	// Outcome is empty while it is to be sent, or was left.
	Outcome Outcome
	// Earlier: the outcome is that of an earlier run, and this one has left it alone.
	Earlier bool
	// ByStatus: the status tells that the row is connected, the answer did not.
	ByStatus bool
	// Unwritten: the outcome is known, and is not in the results file.
	Unwritten bool
	// Err is what went wrong.
	Err error

	past   past
	before migrationlink.Status // as answered before anything was sent
	asked  bool                 // its status was
}

// Why is what went wrong, without the operation and the organization, and without what to do where the outcome is unknown.
func (i *Item) Why() string {
	if i.Err == nil {
		return ""
	}
	var e *client.Error
	if errors.As(i.Err, &e) {
		return e.Say(client.Words{KnownOutcome: true})
	}
	return i.Err.Error()
}

// ask reads the status.
func (i *Item) ask(ctx context.Context) error {
	link, err := i.Server.Client.Status(ctx, i.OrgID)
	if err != nil {
		return err
	}
	i.Status, i.asked = link.Status, true
	return nil
}

// line is what the results file is told of it.
func (i *Item) line() line {
	return line{OrgID: i.OrgID, Address: i.Server.Address}
}

func (i *Item) intent() line {
	l := i.line()
	l.Before, l.Token = i.before, fingerprintOf(i.Token)
	return l
}

func (i *Item) outcome() line {
	l := i.line()
	l.Outcome, l.Status, l.ByStatus, l.Error = i.Outcome, i.Status, i.ByStatus, i.Why()
	var e *client.Error
	if errors.As(i.Err, &e) {
		l.HTTPStatus, l.Code = e.HTTPStatus, e.Code
	}
	return l
}

// OtherToken reports whether an earlier run connected it by another link-token than the list has now.
func (i *Item) OtherToken() bool {
	p := i.past
	return i.Earlier && p.is(Connected) && p.intent != nil && cmp.Or(p.intent.Token, fingerprintOf(i.Token)) != fingerprintOf(i.Token)
}
