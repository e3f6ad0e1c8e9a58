package digest

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// session is a challenge that requests are signed with, and the counts used of it.
type session struct {
	challenge Challenge
	count     uint32 // requests signed
	worked    bool   // one of them was not answered 401
	contact   uint64 // when its node was last heard of, by the clock of the site
}

// site is what is known of one origin: normally one session.
//
// Two sessions are kept when the origin looks like two nodes that do not share nonces: a fresh nonce was called stale at its first use, so
// the node that answered is not the one that made it. Behind a strict round robin the node that was heard of longest ago is the next one,
// so that session is taken: one round trip per call in the steady state. When the prediction fails, because somebody else took a turn, the
// same session is right the next time. When it fails twice in one call, the sessions are forgotten for the challenges of the
// last two answers: with nodes that alternate they are of both, the older one's next; with a node that stays they are both of it.
type site struct {
	origin origin
	probe  chan struct{} // holds a token while one request probes

	mu       sync.Mutex
	sessions []*session // at most two
	clock    uint64     // advances with each contact
	sent     uint64     // signed requests so far
	flying   int        // of those, the ones not yet answered
	worked   bool       // a signed request was once not answered 401: the key is known here
	accepts  uint64     // signed requests that were not answered 401
	pair     bool       // both of two sessions worked: there are two nodes
}

func newSite(o origin) *site { return &site{origin: o, probe: make(chan struct{}, 1)} }

// turn is one signed request to be sent.
type turn struct {
	session *session
	count   uint32 // nc
	serial  uint64 // of the signed requests to this site
	joined  bool   // others were unanswered when it was taken
}

// take returns the next turn. Without a session it lets one caller at a time become the prober, who gets a turn without session and must
// call release; the others wait for what comes of it.
func (s *site) take(ctx context.Context) (turn, error) {
	if next, ok := s.next(); ok {
		return next, nil
	}
	select {
	case s.probe <- struct{}{}:
	case <-ctx.Done():
		return turn{}, fmt.Errorf("digest: waiting for the challenge of %s: %w", s.origin, ctx.Err())
	}
	next, ok := s.next()
	if ok {
		s.release()
	}
	return next, nil
}

func (s *site) release() { <-s.probe }

// next takes the session whose node was heard of longest ago, and marks it as heard of so that concurrent calls spread.
func (s *site) next() (turn, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sessions) == 0 {
		return turn{}, false
	}
	next := s.sessions[0]
	if len(s.sessions) == 2 && s.sessions[1].contact < next.contact {
		next = s.sessions[1]
	}
	s.hear(next)
	s.sent++
	s.flying++
	next.count++
	return turn{session: next, count: next.count, serial: s.sent, joined: s.flying > 1}, true
}

// landed ends a turn: the answer is there, or an error in its place.
func (s *site) landed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flying--
}

func (s *site) hear(from *session) {
	s.clock++
	from.contact = s.clock
}

// learn keeps the challenge that a probe brought.
func (s *site) learn(challenge Challenge) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	fresh := s.sessionOf(challenge)
	s.sessions = []*session{fresh}
	return fresh
}

// sessionOf is the kept session with the nonce of the challenge, whose counts go on, or a new one.
func (s *site) sessionOf(challenge Challenge) *session {
	for _, kept := range s.sessions {
		if kept.challenge.Nonce == challenge.Nonce {
			return kept
		}
	}
	fresh := &session{challenge: challenge}
	s.hear(fresh)
	return fresh
}

// accepted notes that a request signed with used was not answered 401.
func (s *site) accepted(used *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hear(used)
	used.worked, s.worked = true, true
	s.accepts++
	if len(s.sessions) == 2 && s.sessions[0].worked && s.sessions[1].worked {
		s.pair = true
	}
}

// refused notes a 401 that does not blame the nonce. The new challenge takes the place of the one used, unless that is gone already.
// ofKey reports that it counts as a refusal of the key: nothing had worked with this nonce, two nodes cannot have disagreed about it, and it
// is not that a key that has worked here is refused while calls cross, which MongoDB's server is known to do.
func (s *site) refused(used *session, challenge Challenge, crossed bool) (fresh *session, ofKey bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ofKey = !used.worked && len(s.sessions) < 2 && (!s.worked || !crossed)
	fresh = s.sessionOf(challenge)
	s.replace(used, fresh)
	return fresh, ofKey
}

// stale notes a 401 that blames the nonce. last is the session that the call had learned of before this answer, nil if none, and repeated
// tells that the call has met a stale nonce before.
func (s *site) stale(used, last *session, challenge Challenge, repeated bool) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	fresh := s.sessionOf(challenge)
	at := slices.Index(s.sessions, used)
	if at < 0 {
		return fresh // somebody else has put a newer one there
	}
	if last == nil && !used.worked {
		last = used
	}
	switch {
	case !repeated && len(s.sessions) == 2 && s.sessions[0].worked && s.sessions[1].worked:
		s.hear(s.sessions[1-at]) // it was the other node, out of turn
	case last != nil && last != fresh:
		s.hear(last)
		s.hear(fresh)
		s.sessions = []*session{last, fresh}
	default:
		s.replace(used, fresh)
	}
	return fresh
}

func (s *site) replace(used, by *session) {
	if at := slices.Index(s.sessions, used); at >= 0 && !slices.Contains(s.sessions, by) {
		s.sessions[at] = by
	}
}

// drop forgets a session that was refused without a challenge that could take its place.
func (s *site) drop(used *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions = slices.DeleteFunc(s.sessions, func(kept *session) bool { return kept == used })
}

// forget starts anew.
func (s *site) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions, s.pair = nil, false
}

// crossed reports whether other calls sent signed requests since the one with the serial first, beside the own ones.
func (s *site) crossed(first uint64, own int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent-first >= uint64(own)
}

func (s *site) acceptances() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accepts
}

func (s *site) isPair() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pair
}
