package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/internal/mongocli"
)

// The environment has no name of mongocli's for a service account of the source: MCLI_CLIENT_ID is mongocli's own sign-in, and
// MONGODB_ATLAS_CLIENT_ID that of the destination.
const (
	envClientID     = "MIGRATIONLINK_CLIENT_ID"
	envClientSecret = "MIGRATIONLINK_CLIENT_SECRET"
)

// credentials are who signs in: the two halves of an API key, or the client id and the secret of a service account.
type credentials struct {
	account      bool
	name, secret sourced
}

func (c credentials) whole() bool { return c.name.value != "" && c.secret.value != "" }
func (c credentials) empty() bool { return c.name.value == "" && c.secret.value == "" }

// set are the names of those that are set.
func (c credentials) set() string {
	var names []string
	for _, half := range []sourced{c.name, c.secret} {
		if half.value != "" {
			names = append(names, half.name)
		}
	}
	return strings.Join(names, " and ")
}

// half is what is wrong with one that is not whole, or nil.
func (c credentials) half() error {
	name, secret, whose := "public half", "private half", "the API key"
	if c.account {
		name, secret, whose = "client id", "secret", "the service account"
	}
	switch {
	case c.whole(), c.empty():
		return nil
	case c.name.value == "":
		return fmt.Errorf("%s is not set: want the %s of %s whose %s is in %s", c.name.name, name, whose, secret, c.secret.name)
	}
	return fmt.Errorf("%s is not set: want the %s of %s whose %s is in %s", c.secret.name, secret, whose, name, c.name.name)
}

// option is the client's. Where there are no credentials it is a stand-in for them, so that the client tells what else is wrong.
func (c credentials) option() client.Option {
	switch {
	case !c.whole():
		return client.APIKey("missing", "missing")
	case c.account:
		return client.ServiceAccount(c.name.value, c.secret.value)
	}
	return client.APIKey(c.name.value, c.secret.value)
}

// serviceAccount is that of the environment.
func serviceAccount(p Process) credentials {
	of := func(name string) sourced { return sourced{setting{p.env(name), name}, name} }
	return credentials{account: true, name: of(envClientID), secret: of(envClientSecret)}
}

// apiKey is that of a level.
func (l level) apiKey() credentials {
	return credentials{name: l.find(mongocli.PublicAPIKey), secret: l.find(mongocli.PrivateAPIKey)}
}

// credentials are taken whole from one place. mongocli looks for each half by itself, so that halves of two keys can meet.
func (s *sources) credentials(profile string) (credentials, error) {
	levels := s.levels(profile)
	account, key := serviceAccount(s.p), levels[0].apiKey()
	switch {
	case s.flags.checking || account.empty():
	case !key.empty():
		return credentials{}, fmt.Errorf("an API key and a service account are both in the environment, and a call signs in by one: unset %s, or %s",
			key.set(), account.set())
	default:
		return account, account.half()
	}
	for i, l := range levels {
		key := l.apiKey()
		if key.empty() {
			continue
		}
		err := key.half()
		for _, below := range levels[i+1:] {
			if err != nil && !below.apiKey().empty() {
				return credentials{}, fmt.Errorf("%w; it is not made whole from %s, as mongocli would do: to use the key there, leave %s out", err, below.name, key.set())
			}
		}
		return key, err
	}
	return credentials{}, s.noKey()
}

func (s *sources) noKey() error {
	text := "no API key: set " + envPublicKey + " and " + envPrivateKey + " to the two halves of a key with the role Organization Owner"
	var having []string
	for _, name := range s.file.Profiles() {
		if s.file.Value(name, mongocli.PublicAPIKey).Text != "" && s.file.Value(name, mongocli.PrivateAPIKey).Text != "" {
			having = append(having, word(name))
		}
	}
	if len(having) > 0 {
		text += ", or choose a profile that has one, by -P: " + strings.Join(having, ", ")
	}
	return errors.New(text)
}
