package secret

import (
	"sync"
)

// tokens finds base64 of the one property that makes a link-token a credential, wherever in the
// token it is.
var tokens = sync.OnceValue(func() *Finder {
	f := &Finder{long: make(map[[window]byte][]needle)}
	known := make(map[string]bool)
	for _, text := range base64Forms(`"privateApiKey"`) {
		f.add("link-token", "base64", text, known)
	}
	return f
})

// HasToken reports whether a text has in it what looks like a link-token, of whomever: base64 of
// JSON with a private key.
func HasToken(text string) bool { return len(tokens().Find([]byte(text))) > 0 }
