package contracttest

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker/requests"
	"github.com/migrationlink/migrationlink/internal/count"
)

var errNoCase = errors.New("no case is left to run: none has a name that begins so, or what was taken out or not allowed leaves none")

// assemble lists the cases that fit the target and the options, and says which do not.
func (s *Session) assemble() error {
	states := s.stateCases()
	all := slices.Concat(s.rightCases(s.maker), wrongCases(s.maker), s.credentialCases(), s.rawCases(), states, s.sequences())
	bearer, err := s.bearerCases(states)
	if err != nil {
		return err
	}
	all = slices.Concat(all, bearer)
	unwritten := 0
	for _, c := range all {
		switch {
		case c.Decision != "" && s.options.except[c.Decision]:
		case !s.keeps(c.Name):
		case c.Writes && !s.target.Writes:
			unwritten++
		default:
			s.cases = append(s.cases, c)
		}
	}
	if unwritten > 0 {
		s.leaveOut("%s that connect or disconnect, or would if what must be refused were accepted", count.Of(unwritten, "case"))
	}
	if len(s.cases) == 0 {
		return errNoCase
	}
	return nil
}

func (s *Session) leaveOut(format string, args ...any) {
	s.leftOut = append(s.leftOut, "left out: "+fmt.Sprintf(format, args...))
}

// values that right requests are made with. Only tokens that were given are used alone: invented ones can be any.
func (s *Session) values() map[string]string {
	values := map[string]string{"orgId": s.target.OrgID.String()}
	if len(s.target.Tokens) > 0 {
		values["linkToken"] = s.tokens[0].Reveal()
	}
	return values
}

// inventedTokens have the shape of the one that was seen: base64 of a JSON object.
func inventedTokens(seed uint64) []migrationlink.LinkToken {
	random := rand.New(rand.NewPCG(seed, 1))
	var tokens []migrationlink.LinkToken
	for range 4 {
		content := fmt.Sprintf(`{"orgId":"%024x","orgName":"Invented","publicApiKey":"%08x","privateApiKey":"%016x%016x"}`,
			random.Uint64(), random.Uint32(), random.Uint64(), random.Uint64())
		tokens = append(tokens, migrationlink.NewLinkToken(base64.StdEncoding.EncodeToString([]byte(content))))
	}
	return tokens
}

// rightCases ask what the contract says is right, and want a success.
func (s *Session) rightCases(maker *requests.Maker) []Case {
	var all []Case
	for _, made := range maker.Right() {
		c := Case{
			Name: made.Name, Operation: made.Operation, Rule: "responses/acceptance", Decision: made.Decision,
			Check: "positive_data_acceptance",
		}
		switch made.Requests[0].Method {
		case http.MethodHead:
			c.Decision = "head-as-get"
		case http.MethodOptions:
			c.Decision, c.Check = "method-not-allowed", "allow_header_conformance"
		default:
			c.Writes = !safe(made.Requests[0].Method)
		}
		c.run = func(a *attempt) {
			for _, r := range made.Requests {
				if c.Writes {
					a.prepare(made.Operation == string(migrationlink.OperationDisconnect))
				}
				got, ok := a.send(r, a.signed)
				if ok && (got.status < 200 || got.status > 299) && !a.found(r, got) {
					a.find(r, got, "responses/acceptance", c.Decision, "a request that keeps the contract is not answered with success")
				}
			}
		}
		all = append(all, c)
	}
	return all
}

// prepare brings the organization into a state, whatever it was in.
func (s *attempt) prepare(connected bool) {
	if connected {
		s.send(s.connectOf(s.target.OrgID, s.tokens[0]), s.signed)
		return
	}
	s.send(s.disconnectOf(s.target.OrgID), s.signed)
}

// keeps reports whether a case of the name is wanted.
func (s *Session) keeps(name string) bool { return strings.HasPrefix(name, s.options.only) }
