package digest

import (
	"net/http"
	"sync"
)

// call is one RoundTrip under way.
type call struct {
	transport *Transport
	site      *site
	req       *http.Request
	body      *body    // nil until there is a challenge: before that the body is not touched
	streamed  bool     // the request's own body went to the base, which closes it
	last      *session // that of the last answer with a challenge

	first      uint64 // serial of the first signed request
	accepts    uint64 // of the site, before it
	joined     bool   // signed requests of other calls were under way
	sends      int    // signed requests
	stale      int    // stale nonces in a row
	keyRefused int    // refusals of nonces that had not worked before
	refused    int    // all 401 that did not blame the nonce
}

// step sends one request, a probe or a signed one, and tells whether its answer ends the call.
func (c *call) step() (res *http.Response, done bool, err error) {
	turn, err := c.site.take(c.req.Context())
	if err != nil {
		return nil, true, err
	}
	if turn.session == nil {
		return c.probe()
	}
	defer c.site.landed()
	if c.body == nil {
		opened, err := bodyOf(c.req)
		if err != nil {
			return nil, true, err
		}
		c.body = &opened
	}
	if c.first == 0 {
		c.first, c.accepts = turn.serial, c.site.acceptances()
	}
	c.joined = c.joined || turn.joined
	if res, err = c.send(turn); err != nil {
		return nil, true, err
	}
	if res.StatusCode != http.StatusUnauthorized {
		c.site.accepted(turn.session)
		return res, true, nil
	}
	challenge, usable := challengeOf(res)
	if !usable {
		c.site.drop(turn.session)
		return res, true, nil
	}
	if challenge.Stale {
		done, err = c.wasStale(turn, challenge)
	} else {
		done = c.wasRefused(turn, challenge)
	}
	if done && err == nil || c.body.once {
		return res, true, nil
	}
	discard(res)
	return nil, done, err
}

// probe asks for a challenge, without the body and without what describes how a body is sent. Content-Type stays, as with curl. The site
// lets in no other probe until it is over.
func (c *call) probe() (res *http.Response, done bool, err error) {
	release := sync.OnceFunc(c.site.release)
	defer release()
	probe := clone(c.req)
	probe.Body, probe.GetBody, probe.ContentLength = nil, nil, 0
	probe.TransferEncoding, probe.Trailer = nil, nil
	probe.Header.Del("Expect") // RFC 9110 section 10.1.1: no 100-continue without content
	if res, err = c.transport.base.RoundTrip(probe); err != nil {
		return nil, true, err
	}
	withBody(res)
	challenge, usable := challengeOf(res)
	if !usable {
		return res, true, nil
	}
	c.last = c.site.learn(challenge)
	release()
	discard(res) // which may take its time: nobody waits for it but this call
	return nil, false, nil
}

func (c *call) send(turn turn) (*http.Response, error) {
	authorization, err := c.transport.authorization(c.req, turn)
	if err != nil {
		return nil, err
	}
	signed := clone(c.req)
	signed.Header.Set("Authorization", authorization)
	if c.body.open != nil {
		if signed.Body, err = c.body.open(); err != nil {
			return nil, err
		}
		signed.GetBody = c.body.open // net/http asks for it when a kept connection turns out closed
		if c.body.once {
			signed.GetBody, c.streamed = nil, true
		}
	}
	c.sends++
	res, err := c.transport.base.RoundTrip(signed)
	if err == nil {
		withBody(res)
	}
	return res, err
}

// withBody gives a response the body that a careless RoundTripper left nil.
func withBody(res *http.Response) {
	if res.Body == nil {
		res.Body = http.NoBody
	}
}

// wasStale tells whether a stale nonce ends the call: with an error when it was the third in a row, or one send too many.
func (c *call) wasStale(turn turn, challenge Challenge) (done bool, err error) {
	c.last = c.site.stale(turn.session, c.last, challenge, c.stale > 0)
	c.stale++
	sends, stale := c.limits()
	if c.sends < sends && c.stale < stale {
		return false, nil
	}
	c.site.forget()
	return true, &StaleError{Origin: string(c.site.origin), Nonces: c.stale}
}

// wasRefused tells whether a 401 that does not blame the nonce ends the call. A nonce that had worked is given the benefit of a fresh one:
// under parallel calls MongoDB's server now and then takes a count for a replay.
func (c *call) wasRefused(turn turn, challenge Challenge) (done bool) {
	fresh, ofKey := c.site.refused(turn.session, challenge, c.crossed())
	c.last, c.stale = fresh, 0
	c.refused++
	if ofKey {
		c.keyRefused++
	}
	sends, _ := c.limits()
	return c.keyRefused >= maxKeyRefused || c.refused >= maxRefused || c.sends >= sends
}

// limits are how many signed requests this call may send, and how many stale nonces in a row it bears. Stale nonces in a row prove
// nothing where two nodes are known to be, or where calls crossed each other, as long as some call gets through.
func (c *call) limits() (sends, stale int) {
	if c.site.isPair() || c.crossed() {
		if c.site.acceptances() == c.accepts { // nobody gets through: it is no toss
			return maxSendsRefused, maxSendsRefused
		}
		return maxSendsCrossed, maxSendsCrossed
	}
	return maxSends, maxStale
}

// crossed reports whether signed requests of other calls were under way during this one.
func (c *call) crossed() bool { return c.joined || c.site.crossed(c.first, c.sends) }

// clone is a copy of the request with a header of its own, to be sent in its place.
func clone(req *http.Request) *http.Request {
	copied := req.Clone(req.Context())
	if copied.Header == nil {
		copied.Header = http.Header{}
	}
	return copied
}
