package admin

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker/report"
	"github.com/migrationlink/migrationlink/server/fault"
	"github.com/migrationlink/migrationlink/server/journal"
)

type status struct {
	Status string `json:"status"`
}

func (a *Admin) health(*http.Request) (any, error) { return status{"ok"}, nil }

func (a *Admin) ready(*http.Request) (any, error) {
	if a.config.Ready != nil && !a.config.Ready() {
		return nil, failf(http.StatusServiceUnavailable, "the stand-in is being stopped")
	}
	return status{"ready"}, nil
}

// maxEntries is how many entries of the journal one answer has, unless asked for fewer.
const maxEntries = 1000

type exchanges struct {
	// Total is how many exchanges there were, those included that are kept no more.
	Total int `json:"total"`
	// Matching is how many of those kept match.
	Matching int             `json:"matching"`
	Entries  []journal.Entry `json:"entries"`
}

// journal answers with the last entries that match.
func (a *Admin) journal(r *http.Request) (any, error) {
	match, limit, err := filter(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	j := a.config.Server.Journal()
	found := j.Entries(match)
	return exchanges{Total: j.Len(), Matching: len(found), Entries: found[max(0, len(found)-limit):]}, nil
}

// filter reads which entries are asked for.
func filter(raw string) (match func(journal.Entry) bool, limit int, err error) {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return nil, 0, failf(http.StatusBadRequest, "the query does not parse")
	}
	limit = maxEntries
	text := map[string]func(journal.Entry) string{
		"operation": func(e journal.Entry) string { return string(e.Operation) },
		"errorCode": func(e journal.Entry) string { return string(e.Code) },
		"caller":    func(e journal.Entry) string { return e.Caller },
		"orgId":     func(e journal.Entry) string { return string(e.OrgID) },
	}
	var all []func(journal.Entry) bool
	for name, values := range query {
		value := values[0]
		number, notNumber := strconv.Atoi(value)
		of, isText := text[name]
		switch {
		case len(values) > 1:
			return nil, 0, failf(http.StatusBadRequest, "a query parameter is given more than once")
		case isText:
			all = append(all, func(e journal.Entry) bool { return strings.EqualFold(of(e), value) })
		case name == "fault":
			all = append(all, func(e journal.Entry) bool { return e.Fault != "" && strings.Contains(e.Fault, value) })
		case name != "status" && name != "after" && name != "limit":
			return nil, 0, failf(http.StatusBadRequest, "want the query parameters operation, status, errorCode, caller, orgId, fault, after, limit")
		case notNumber != nil || number < 0:
			return nil, 0, failf(http.StatusBadRequest, "%s: want a number, from 0 up", name)
		case name == "status":
			all = append(all, func(e journal.Entry) bool { return e.Status == number })
		case name == "after":
			all = append(all, func(e journal.Entry) bool { return e.Number > number })
		default:
			limit = min(number, maxEntries)
		}
	}
	return func(e journal.Entry) bool {
		return !slices.ContainsFunc(all, func(matches func(journal.Entry) bool) bool { return !matches(e) })
	}, limit, nil
}

// organization is one that exists, and its link.
type organization struct {
	ID          migrationlink.OrgID `json:"orgId"`
	Status      string              `json:"status"`
	ConnectedAt *time.Time          `json:"connectedAt,omitempty"`
}

func (a *Admin) links(r *http.Request) (any, error) {
	all := []organization{}
	for _, id := range a.config.Server.Organizations() {
		link, status, err := a.config.Server.Link(r.Context(), id)
		if err != nil {
			return nil, fmt.Errorf("read the link of %s: %w", id, err)
		}
		o := organization{ID: id, Status: string(status)}
		if !link.ConnectedAt.IsZero() {
			o.ConnectedAt = &link.ConnectedAt
		}
		all = append(all, o)
	}
	return struct {
		Organizations []organization `json:"organizations"`
	}{all}, nil
}

type faults struct {
	Faults []fault.State `json:"faults"`
}

func (a *Admin) faults(*http.Request) (any, error) {
	return faults{a.config.Server.Faults().List()}, nil
}

func (a *Admin) addFault(r *http.Request) (any, error) {
	var f fault.Fault
	if err := content(r, &f); err != nil {
		return nil, err
	}
	id, err := a.config.Server.Faults().Add(f)
	if err != nil {
		return nil, failf(http.StatusBadRequest, "%v", err)
	}
	return fault.State{ID: id, Fault: f}, nil
}

func (a *Admin) removeFault(r *http.Request) (any, error) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil {
		return nil, failf(http.StatusNotFound, "%v", fault.ErrNoFault)
	}
	if err := a.config.Server.Faults().Remove(id); err != nil {
		return nil, failf(http.StatusNotFound, "%v", err)
	}
	return nil, nil
}

func (a *Admin) clearFaults(*http.Request) (any, error) {
	a.config.Server.Faults().Clear()
	return nil, nil
}

type now struct {
	Now time.Time `json:"now"`
}

func (a *Admin) clock(*http.Request) (any, error) { return now{a.config.Clock.Now().UTC()}, nil }

// maxAdvance is how far the clock is put forward at a time.
const maxAdvance = 10 * 365 * 24 * time.Hour

func (a *Admin) advance(r *http.Request) (any, error) {
	var asked struct {
		By string `json:"by"`
	}
	if err := content(r, &asked); err != nil {
		return nil, err
	}
	by, err := time.ParseDuration(asked.By)
	if err != nil || by <= 0 || by > maxAdvance {
		return nil, failf(http.StatusBadRequest, "by: want how far, like 61s or 1h30m, more than 0 and at most ten years")
	}
	at, err := a.config.Clock.TryAdvance(by)
	if err != nil {
		return nil, failf(http.StatusBadRequest, "by: %v", err)
	}
	return now{at.UTC()}, nil
}

func (a *Admin) report() report.Report { return a.collected().Report(0) }

func (a *Admin) coverage(*http.Request) (any, error) { return a.report().Coverage, nil }

func (a *Admin) findings(*http.Request) (any, error) {
	made := a.report()
	return struct {
		Exchanges int              `json:"exchanges"`
		Valid     int              `json:"valid"`
		NotJudged int              `json:"notJudged"`
		Findings  []report.Finding `json:"findings"`
		Advice    []report.Finding `json:"advice"`
	}{made.Exchanges, made.Valid, made.NotJudged, made.Findings, made.Advice}, nil
}

func (a *Admin) reset(r *http.Request) (any, error) {
	if err := a.config.Server.Reset(r.Context()); err != nil {
		return nil, err
	}
	return nil, a.begin()
}
