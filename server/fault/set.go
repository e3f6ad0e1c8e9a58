package fault

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/migrationlink/migrationlink"
)

// maxSet is how many faults a Set holds, those included that have struck all they will.
const maxSet = 1000

// ErrFull is the error of [Set.Add] where all that the set can hold may still strike.
var ErrFull = fmt.Errorf("%d faults are set and may still strike; remove some first", maxSet)

// Set holds the faults that are set, in the order in which they were. It is safe for concurrent use. The zero value is empty.
type Set struct {
	armed atomic.Int32 // that may still strike: without any, nobody waits for the lock

	mu   sync.Mutex
	last int // id
	all  []*state
}

// state is one fault and what it has done.
type state struct {
	id     int
	fault  Fault
	when   When                         // of the fault
	scheme migrationlink.SecurityScheme // of the credentials that it strikes; empty is any
	struck int
	random *rand.Rand
	// inARow is how many calls of each organization were struck since the last that was not.
	inARow map[migrationlink.OrgID]int
}

// State is a fault that was set, and what it has done.
type State struct {
	// ID is the fault's own for as long as the set lives.
	ID    int   `json:"id"`
	Fault Fault `json:"fault"`
	// Struck is how many calls it has struck.
	Struck int `json:"struck"`
	// Over says that it has struck all that it will.
	Over bool `json:"over"`
}

// Call is a request that a fault may strike.
type Call struct {
	Operation migrationlink.Operation
	// OrgID is the organization, for a share's cap in a row; empty where it is none that exists.
	OrgID migrationlink.OrgID
	// Scheme of the credentials. Fixed bearer tokens count as those of a service account.
	Scheme migrationlink.SecurityScheme
}

// Strike is a fault that strikes a call.
type Strike struct {
	Fault Fault
	// Number counts the strikes of the fault, from 1.
	Number int
	// Delay of a [Latency].
	Delay time.Duration
}

// String is the strike as a journal has it: 429 RATE_LIMITED, Retry-After 3 s: the next 2 calls of connect (1).
func (s Strike) String() string { return fmt.Sprintf("%s (%d)", s.Fault, s.Number) }

// Add sets a fault, after those that are set. The error is [Problems] or [ErrFull]; then nothing is set.
func (s *Set) Add(f Fault) (id int, err error) {
	if err := f.Validate(); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) >= maxSet {
		over := slices.IndexFunc(s.all, (*state).over)
		if over < 0 {
			return 0, ErrFull
		}
		s.all = slices.Delete(s.all, over, over+1)
	}
	s.last++
	d, _ := contract().describe(f.kind)
	s.all = append(s.all, &state{
		id: s.last, fault: f, when: f.When(), scheme: d.Scheme, random: rand.New(rand.NewPCG(f.seed, 0)), inARow: make(map[migrationlink.OrgID]int),
	})
	s.armed.Add(1)
	return s.last, nil
}

// ErrNoFault is the error of [Set.Remove] for an id that no fault has.
var ErrNoFault = errors.New("no fault has this id")

// Remove takes a fault out.
func (s *Set) Remove(id int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.all, func(f *state) bool { return f.id == id })
	if i < 0 {
		return ErrNoFault
	}
	if !s.all[i].over() {
		s.armed.Add(-1)
	}
	s.all = slices.Delete(s.all, i, i+1)
	return nil
}

// Clear takes all faults out.
func (s *Set) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = nil
	s.armed.Store(0)
}

// List tells of the faults that are set, and of those that have struck all they will: of the latter the oldest are forgotten when there
// are more than 1,000 in all.
func (s *Set) List() []State {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]State, len(s.all))
	for i, f := range s.all {
		all[i] = State{ID: f.id, Fault: f.fault, Struck: f.struck, Over: f.over()}
	}
	return all
}

// Armed reports whether any fault may still strike.
func (s *Set) Armed() bool { return s.armed.Load() > 0 }

// Strike has the faults strike a call that has come to one of these points. Every latency strikes that is set for it, and of the others the
// first: those after it are neither used up nor asked. It returns the latencies first.
func (s *Set) Strike(call Call, at ...When) []Strike {
	if !s.Armed() {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var latencies, others []Strike
	for _, f := range s.all {
		transparent := f.fault.kind == Latency
		if !transparent && others != nil || !f.concerns(call, at) || !f.strikes(call) {
			continue
		}
		f.struck++
		if f.over() {
			s.armed.Add(-1)
		}
		strike := Strike{Fault: f.fault, Number: f.struck, Delay: f.delay()}
		if transparent {
			latencies = append(latencies, strike)
		} else {
			others = append(others, strike)
		}
	}
	return append(latencies, others...)
}

func (f *state) over() bool { return !f.fault.byShare && f.struck >= f.fault.next }

// concerns reports whether the call is one that the fault counts.
func (f *state) concerns(call Call, at []When) bool {
	return !f.over() && slices.Contains(at, f.when) &&
		(f.fault.operation == Any || f.fault.operation == call.Operation) && (f.scheme == "" || f.scheme == call.Scheme)
}

// strikes decides on a call that the fault counts.
func (f *state) strikes(call Call) bool {
	if !f.fault.byShare {
		return true
	}
	drawn := f.random.Float64() < f.fault.share
	if !drawn || f.inARow[call.OrgID] >= f.fault.inARow {
		f.inARow[call.OrgID] = 0
		return false
	}
	f.inARow[call.OrgID]++
	return true
}

func (f *state) delay() time.Duration {
	if f.fault.kind != Latency {
		return 0
	}
	return f.fault.from + time.Duration(f.random.Int64N(int64(f.fault.to-f.fault.from)+1))
}
