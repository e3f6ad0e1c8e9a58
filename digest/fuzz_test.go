package digest_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/migrationlink/migrationlink/digest"
)

func FuzzParseChallenges(f *testing.F) {
	for _, c := range hostileChallenges {
		f.Add(c.line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		challenges, err := digest.ParseChallenges([]string{line})
		if err != nil && !errors.Is(err, digest.ErrMalformed) {
			t.Fatalf("another error: %v", err)
		}
		for _, c := range challenges {
			again, err := digest.ParseChallenges([]string{c.String()})
			if len(c.String()) <= 8192 && (err != nil || len(again) != 1 || again[0].String() != c.String()) {
				t.Fatalf("%q is read back as %v, %v", c.String(), again, err)
			}
		}
	})
}

func FuzzParseCredentials(f *testing.F) {
	for _, c := range hostileCredentials {
		f.Add(c.value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		c, err := digest.ParseCredentials(value)
		if err != nil {
			return
		}
		written, err := c.FieldValue()
		if err != nil || len(written) > 8192 {
			return // a bare parameter that came quoted and is no token
		}
		again, err := digest.ParseCredentials(written)
		if err != nil {
			t.Fatalf("%q: %v", written, err)
		}
		if rewritten, err := again.FieldValue(); err != nil || rewritten != written {
			t.Fatalf("%q is read back as %q, %v", written, rewritten, err)
		}
	})
}

func FuzzVerify(f *testing.F) {
	for _, c := range hostileCredentials {
		f.Add(c.value)
	}
	v := newVerifier(f)
	f.Fuzz(func(t *testing.T, value string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Authorization", value)
		name, err := v.Verify(r)
		var refusal *digest.Refusal
		if name != "" || !errors.As(err, &refusal) || refusal.Error() == "" {
			t.Fatalf("%q signed in as %q, %v", value, name, err)
		}
	})
}
