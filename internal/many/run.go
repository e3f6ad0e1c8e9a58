package many

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
)

// Run does one operation to every row of a list.
type Run struct {
	Operation migrationlink.Operation
	Items     []*Item
	Results   *Results
	Pace      *Pace
	// Replace connects what is SYNCED already.
	Replace bool
	// RetryUnknown sends once more what may have taken effect.
	RetryUnknown bool
	// Told is called whenever an item was asked, or has its outcome; never twice at a time.
	Told func(*Item)
	Now  func() time.Time

	telling sync.Mutex
	gone    gone
}

// grace is how long calls have to end that are under way when a run is interrupted: as long as the header of an answer may take.
const grace = time.Minute

// NewItems pairs the rows of a list with their servers, and with what the results file says of them. The error is [Problems]: a row that an earlier
// run has worked on at another server.
func NewItems(rows []Row, server func(Row) Server, results *Results) ([]*Item, error) {
	var wrong Problems
	items := make([]*Item, 0, len(rows))
	for _, row := range rows {
		item := &Item{Row: row, Server: server(row)}
		if results != nil {
			item.past = results.past[row.OrgID]
		}
		if was := item.past.address(); was != "" && was != item.Server.Address {
			wrong = append(wrong, Problem{place{line: row.Line}, "", fmt.Sprintf("organization %s is in the results file, line %d, as one of %s; want another results file for %s",
				row.OrgID, item.past.number, was, item.Server.Address)})
		}
		items = append(items, item)
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return items, nil
}

// Unsettled reports whether earlier runs may have connected or disconnected an organization, and do not know.
func (r *Results) Unsettled(org migrationlink.OrgID) bool {
	return r.past[org].underWay() || r.past[org].is(Unknown)
}

// Missing are the organizations of a results file that a list does not have, in the order of their last lines.
func (r *Results) Missing(rows []Row) []migrationlink.OrgID {
	listed := make(map[migrationlink.OrgID]bool, len(rows))
	for _, row := range rows {
		listed[row.OrgID] = true
	}
	var missing []migrationlink.OrgID
	for org := range r.past {
		if !listed[org] {
			missing = append(missing, org)
		}
	}
	slices.SortFunc(missing, func(a, b migrationlink.OrgID) int { return cmp.Compare(r.past[a].number, r.past[b].number) })
	return missing
}

// Resume takes the outcomes of earlier runs that are final. It comes first, before [Run.Ask].
func (r *Run) Resume() {
	for _, item := range r.Items {
		switch p := item.past; {
		case p.is(Connected, Disconnected), p.is(Skipped) && !r.Replace:
			item.Outcome, item.Status, item.ByStatus, item.Earlier = p.outcome.Outcome, p.outcome.Status, p.outcome.ByStatus, true
		}
	}
}

// Ask reads the status of every item that has no final outcome yet, and says what is not to be sent: an item without an outcome is. Nothing is
// written or changed. The error is that of ctx.
func (r *Run) Ask(ctx context.Context) error {
	r.Pace.Each(ctx, r.open(), func(item *Item) {
		err := r.gone.is(item.Server.Address)
		if err == nil {
			err = item.ask(ctx)
			r.gone.note(item.Server.Address, err, r.Now())
		}
		if ctx.Err() != nil {
			return
		}
		item.before = item.Status
		r.decide(item, err)
		r.told(item)
	})
	return ctx.Err()
}

// open are the items without an outcome.
func (r *Run) open() []*Item {
	var open []*Item
	for _, item := range r.Items {
		if item.Outcome == "" {
			open = append(open, item)
		}
	}
	return open
}

// decide says what is to be done with an item whose status was asked.
func (r *Run) decide(item *Item, err error) {
	begun := r.Results != nil && r.Results.Unsettled(item.OrgID)
	switch {
	case err != nil && begun:
		item.Outcome, item.Err = Unknown, err
	case err != nil:
		item.Outcome, item.Err = Failed, err
	case r.Operation != migrationlink.OperationConnect: // the status does not tell whether there is a connection to cut, and cutting one once more does no harm
	case begun:
		r.settle(item)
	case item.Status == migrationlink.StatusSynced && !r.Replace:
		item.Outcome = Skipped
	}
}

// settle says what the status tells of a connect that may have taken effect.
func (r *Run) settle(item *Item) {
	switch {
	case item.past.intent != nil && tells(item.past.intent.Before, item.Status):
		item.Outcome, item.ByStatus = Connected, true
	case item.Status == migrationlink.StatusSynced && !r.Replace, !r.RetryUnknown:
		item.Outcome, item.Err = Unknown, errUnsettled
	}
}

var errUnsettled = errors.New("an earlier run may have connected it, and the status does not tell")

// Send writes down what is decided and sends the rest. When ctx ends, nothing more is begun, and what is under way has a minute to end. The error is
// that of ctx, or [ErrNotWritten] in it: then nothing more was begun either. Items that were not begun have no outcome.
func (r *Run) Send(ctx context.Context) error {
	for _, item := range r.Items {
		if known := item.Outcome == Unknown && item.past.is(Unknown); item.Outcome != "" && !item.Earlier && !known {
			if err := r.write(item); err != nil {
				return err
			}
		}
	}
	begin, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	call, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(grace, end) })()
	r.Pace.Each(begin, r.open(), func(item *Item) {
		if r.gone.is(item.Server.Address) != nil {
			return
		}
		intent := item.intent()
		intent.At = r.Now()
		if err := r.Results.begin(intent); err != nil {
			stop(err)
			return
		}
		r.send(call, item)
		r.gone.note(item.Server.Address, item.Err, r.Now())
		if err := r.write(item); err != nil {
			item.Unwritten = true
			stop(err)
		}
		r.told(item)
	})
	return context.Cause(begin)
}

func (r *Run) write(item *Item) error {
	outcome := item.outcome()
	outcome.At = r.Now()
	return r.Results.end(outcome)
}

// send makes the call, and says what came of it.
func (r *Run) send(ctx context.Context, item *Item) {
	item.Err = nil
	if r.Operation == migrationlink.OperationDisconnect {
		err := item.Server.Client.Disconnect(ctx, item.OrgID)
		perhaps := r.Results.Unsettled(item.OrgID)
		switch {
		case err == nil, perhaps && errors.Is(err, client.ErrNotConnected):
			item.Outcome, item.Status = Disconnected, migrationlink.StatusUnknown
		case errors.Is(err, client.ErrNotConnected):
			item.Outcome = Skipped
		default:
			item.fail(err)
		}
		return
	}
	link, err := item.Server.Client.Connect(ctx, item.OrgID, item.Token)
	if err == nil {
		item.Outcome, item.Status = Connected, link.Status
		return
	}
	item.fail(err)
	if item.Outcome == Failed && r.Results.Unsettled(item.OrgID) { // what was sent before this is as unknown as it was
		item.Outcome = Unknown
		return
	}
	if item.Outcome != Unknown || item.ask(ctx) != nil {
		return
	}
	if tells(item.before, item.Status) {
		item.Outcome, item.ByStatus, item.Err = Connected, true, nil
	}
}

// tells reports whether the status after a connect says that it has taken effect.
func tells(before, after migrationlink.Status) bool {
	return after == migrationlink.StatusSynced && before != migrationlink.StatusSynced && before != migrationlink.StatusUnknown
}

func (i *Item) fail(err error) {
	i.Outcome, i.Err = Failed, err
	if errors.Is(err, client.ErrOutcomeUnknown) {
		i.Outcome = Unknown
	}
}

func (r *Run) told(item *Item) {
	if r.Told == nil {
		return
	}
	r.telling.Lock()
	defer r.telling.Unlock()
	r.Told(item)
}

// Count is how many items have an outcome; the empty one is of those to be sent, or left.
func (r *Run) Count(outcome Outcome) int {
	n := 0
	for _, item := range r.Items {
		if item.Outcome == outcome {
			n++
		}
	}
	return n
}
