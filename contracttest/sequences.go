package contracttest

import (
	"fmt"
	"math/rand/v2"
	"net/http"

	"github.com/migrationlink/migrationlink"
)

// steps of a sequence, and how many sequences are drawn for each variant.
const steps = 12

// sequences are drawn walks through connect, status and disconnect, held against a model: which organization is connected by which token. A walk
// ends where a server leaves it, since nobody knows its state from there on.
func (s *Session) sequences() []Case {
	var all []Case
	for i := range s.options.variants {
		all = append(all, Case{
			Name: fmt.Sprintf("sequence/%d", i+1), Rule: "state", Check: "use_after_free", Writes: true,
			run: func(a *attempt) {
				random := rand.New(rand.NewPCG(s.options.seed, uint64(i)+10))
				for _, org := range s.organizations() {
					a.send(a.disconnectOf(org), a.signed)
				}
				m := &model{attempt: a, connected: make(map[migrationlink.OrgID]int), says: make(map[migrationlink.OrgID]migrationlink.Status)}
				for step := 0; step < steps && len(a.findings) == 0; step++ {
					organizations := s.organizations()
					org := organizations[random.IntN(len(organizations))]
					switch random.IntN(3) {
					case 0:
						m.connect(org, random.IntN(len(s.tokens)))
					case 1:
						m.status(org)
					default:
						m.disconnect(org)
					}
				}
			},
		})
	}
	return all
}

// model is what the contract says of the links so far.
type model struct {
	*attempt
	connected map[migrationlink.OrgID]int                  // by which token
	says      map[migrationlink.OrgID]migrationlink.Status // the status that connect answered
}

// may reports whether a decision holds; without it the model does not know what is right, and the step is not taken.
func (m *model) may(decision string) bool { return !m.options.except[decision] }

func (m *model) connect(org migrationlink.OrgID, token int) {
	for other, its := range m.connected {
		if other != org && its == token {
			if m.may(tokenElsewher) {
				m.want(m.connectOf(org, m.tokens[token]), http.StatusConflict, migrationlink.CodeLinkTokenInUse, tokenElsewher)
			}
			return
		}
	}
	decision := ""
	if before, connected := m.connected[org]; connected {
		decision = anotherToken
		if before == token {
			decision = sameToken
		}
		if !m.may(decision) {
			return
		}
	}
	if got, ok := m.want(m.connectOf(org, m.tokens[token]), http.StatusCreated, "", decision); ok {
		m.connected[org], m.says[org] = token, got.linkStatus()
	}
}

func (m *model) status(org migrationlink.OrgID) {
	_, connected := m.connected[org]
	switch {
	case !connected && m.may(unconnected):
		m.wantLink(org, migrationlink.StatusNotSynced, unconnected)
	case connected && m.says[org] == migrationlink.StatusSynced:
		m.wantLink(org, migrationlink.StatusSynced, "")
	default:
		m.want(m.statusOf(org), http.StatusOK, "", "")
	}
}

func (m *model) disconnect(org migrationlink.OrgID) {
	if _, connected := m.connected[org]; connected {
		m.want(m.disconnectOf(org), http.StatusNoContent, "", "")
		delete(m.connected, org)
		return
	}
	if m.may(nothingToCut) {
		m.want(m.disconnectOf(org), http.StatusNotFound, migrationlink.CodeResourceNotFound, nothingToCut)
	}
}
