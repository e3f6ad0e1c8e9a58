package contracttest

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker/requests"
)

// want sends a request that keeps the contract and finds any other outcome than the one that is right. It reports whether the answer was the one.
func (s *attempt) want(r requests.Request, status int, code migrationlink.Code, decision string) (answer, bool) {
	got, ok := s.send(r, s.signed)
	if !ok {
		return got, false
	}
	if success := status < 300; success && got.status >= 200 && got.status <= 299 {
		return got, true // which success is declared is for the checker to say
	}
	wanted := strings.TrimSpace(fmt.Sprint(status, " ", code))
	switch {
	case s.found(r, got):
		return got, false
	case got.status != status:
		s.find(r, got, "state", decision, "the contract says "+wanted)
		return got, false
	case code != "" && got.member("errorCode") != string(code):
		s.find(r, got, "state", decision, "the contract says "+wanted+", and the errorCode is none or another")
	}
	return got, true
}

// wantLink wants a status call to say how the link is.
func (s *attempt) wantLink(org migrationlink.OrgID, status migrationlink.Status, decision string) {
	r := s.statusOf(org)
	got, ok := s.want(r, http.StatusOK, "", "")
	if ok && got.linkStatus() != status {
		s.find(r, got, "state", decision, "the contract says "+string(status))
	}
}

// Decisions of the contract.
const (
	unconnected   = "status-unconnected"
	nothingToCut  = "disconnect-unconnected"
	sameToken     = "same-token-again"
	anotherToken  = "another-token-replaces"
	tokenElsewher = "link-token-in-use"
)

// stateCases are short stories of one or two organizations. Each begins with what is not connected.
func (s *Session) stateCases() []Case {
	org, other := s.target.OrgID, s.target.OtherOrgID
	var all []Case
	add := func(name, check, decision string, writes bool, run func(*attempt)) {
		operation, _, _ := strings.Cut(name, "/")
		c := Case{Name: name, Operation: operation, Rule: "state", Check: check, Decision: decision, Writes: writes, run: run}
		if writes {
			c.run = func(a *attempt) {
				for _, org := range s.organizations() {
					a.send(a.disconnectOf(org), a.signed)
				}
				run(a)
			}
		}
		all = append(all, c)
	}
	add("status/200", "ensure_resource_availability", "", false, func(a *attempt) { a.want(a.statusOf(org), http.StatusOK, "", "") })
	add("status/404_malformed_organization", "", "org-id-malformed", false, func(a *attempt) {
		for _, id := range []string{"5f7aac56", "x", strings.Repeat("g", 24), string(org) + "0"} {
			r := a.statusOf(migrationlink.OrgID(id))
			got, ok := a.send(r, a.signed)
			if ok && (got.status != http.StatusNotFound || got.member("errorCode") != string(migrationlink.CodeInvalidOrgID)) {
				a.find(r, got, "state", "org-id-malformed", "the contract says 404 "+string(migrationlink.CodeInvalidOrgID))
			}
		}
	})
	add("status/refused_of_an_organization_that_is_not_there", "", "", false, func(a *attempt) {
		for _, id := range []migrationlink.OrgID{"000000000000000000000000", "ffffffffffffffffffffffff"} {
			r := a.statusOf(id)
			got, ok := a.send(r, a.signed)
			if ok && got.status != http.StatusNotFound && got.status != http.StatusUnauthorized && got.status != http.StatusForbidden {
				a.find(r, got, "state", "", "the contract says 404 ORG_NOT_FOUND, or 401 or 403 to whom it is not told")
			}
		}
	})
	add("status/200_id_in_upper_case", "", "org-id-either-case", false, func(a *attempt) {
		lower, _ := a.want(a.statusOf(org), http.StatusOK, "", "")
		r := a.statusOf(migrationlink.OrgID(strings.ToUpper(string(org))))
		if got, ok := a.want(r, http.StatusOK, "", "org-id-either-case"); ok && got.linkStatus() != lower.linkStatus() {
			a.find(r, got, "state", "org-id-either-case", "the contract says that both cases name the same organization")
		}
	})
	add("status/405_before_sign-in", "unsupported_method", "method-not-allowed", true, func(a *attempt) {
		for _, op := range a.maker.Operations() {
			r := requests.Request{Method: http.MethodPut, Target: op.Path}
			if got, ok := a.send(r, a.wire); ok && got.status != http.StatusMethodNotAllowed && !a.found(r, got) {
				a.find(r, got, "state", "method-not-allowed", "the contract says 405, told before sign-in")
			}
		}
	})

	add("connect/then_status_then_disconnect", "ensure_resource_availability", "", true, func(a *attempt) {
		got, ok := a.want(a.connectOf(org, a.tokens[0]), http.StatusCreated, "", "")
		if !ok {
			return
		}
		if got.linkStatus() == migrationlink.StatusSynced {
			a.wantLink(org, migrationlink.StatusSynced, "")
		} else {
			a.want(a.statusOf(org), http.StatusOK, "", "") // the first push may take its time
		}
		a.want(a.disconnectOf(org), http.StatusNoContent, "", "")
	})
	add("connect/again_after_disconnect", "ensure_resource_availability", "", true, func(a *attempt) {
		for range 3 {
			a.want(a.connectOf(org, a.tokens[0]), http.StatusCreated, "", "")
			a.want(a.disconnectOf(org), http.StatusNoContent, "", "")
		}
	})
	add("status/NOT_SYNCED_when_not_connected", "", unconnected, true, func(a *attempt) { a.wantLink(org, migrationlink.StatusNotSynced, unconnected) })
	add("status/NOT_SYNCED_after_disconnect", "", unconnected, true, func(a *attempt) {
		a.want(a.connectOf(org, a.tokens[0]), http.StatusCreated, "", "")
		a.want(a.disconnectOf(org), http.StatusNoContent, "", "")
		a.wantLink(org, migrationlink.StatusNotSynced, unconnected)
	})
	add("disconnect/404_when_not_connected", "", nothingToCut, true, func(a *attempt) {
		a.want(a.disconnectOf(org), http.StatusNotFound, migrationlink.CodeResourceNotFound, nothingToCut)
	})
	add("disconnect/404_the_second_time", "", nothingToCut, true, func(a *attempt) {
		a.want(a.connectOf(org, a.tokens[0]), http.StatusCreated, "", "")
		a.want(a.disconnectOf(org), http.StatusNoContent, "", "")
		a.want(a.disconnectOf(org), http.StatusNotFound, migrationlink.CodeResourceNotFound, nothingToCut)
	})
	add("connect/201_the_same_token_again", "", sameToken, true, func(a *attempt) {
		first, _ := a.want(a.connectOf(org, a.tokens[0]), http.StatusCreated, "", "")
		r := a.connectOf(org, a.tokens[0])
		if again, ok := a.want(r, http.StatusCreated, "", sameToken); ok && first.linkStatus() == migrationlink.StatusSynced && again.linkStatus() != migrationlink.StatusSynced {
			a.find(r, again, "state", sameToken, "the contract says that it changes nothing")
		}
		a.want(a.disconnectOf(org), http.StatusNoContent, "", "")
	})
	if len(s.tokens) > 1 {
		add("connect/201_another_token_replaces", "", anotherToken, true, func(a *attempt) {
			a.want(a.connectOf(org, a.tokens[0]), http.StatusCreated, "", "")
			a.want(a.connectOf(org, a.tokens[1]), http.StatusCreated, "", anotherToken)
			a.want(a.disconnectOf(org), http.StatusNoContent, "", "")
			a.wantLink(org, migrationlink.StatusNotSynced, unconnected)
		})
	} else {
		s.leaveOut("a second token that replaces the first: only one was given")
	}
	add("connect/in_either_case_of_the_id", "", "org-id-either-case", true, func(a *attempt) {
		upper := migrationlink.OrgID(strings.ToUpper(string(org)))
		a.want(a.connectOf(upper, a.tokens[0]), http.StatusCreated, "", "org-id-either-case")
		a.want(a.disconnectOf(org), http.StatusNoContent, "", "org-id-either-case")
	})
	if other == "" {
		s.leaveOut("what takes a second organization: none was given")
		return all
	}
	add("connect/409_token_in_use", "", tokenElsewher, true, func(a *attempt) {
		a.want(a.connectOf(org, a.tokens[0]), http.StatusCreated, "", "")
		a.want(a.connectOf(other, a.tokens[0]), http.StatusConflict, migrationlink.CodeLinkTokenInUse, tokenElsewher)
		a.wantLink(other, migrationlink.StatusNotSynced, unconnected)
	})
	add("connect/201_a_token_that_is_free_again", "", tokenElsewher, true, func(a *attempt) {
		a.want(a.connectOf(org, a.tokens[0]), http.StatusCreated, "", "")
		a.want(a.disconnectOf(org), http.StatusNoContent, "", "")
		a.want(a.connectOf(other, a.tokens[0]), http.StatusCreated, "", tokenElsewher)
	})
	add("disconnect/leaves_the_other_organization", "", "", true, func(a *attempt) {
		if len(a.tokens) < 2 {
			return
		}
		a.want(a.connectOf(org, a.tokens[0]), http.StatusCreated, "", "")
		a.want(a.connectOf(other, a.tokens[1]), http.StatusCreated, "", "")
		a.want(a.disconnectOf(org), http.StatusNoContent, "", "")
		a.want(a.disconnectOf(other), http.StatusNoContent, "", "")
	})
	return all
}
