package settings

import (
	"errors"
	"fmt"
	"strings"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/mongocli"
	"github.com/migrationlink/migrationlink/internal/secret"
)

// The environment has no name of mongocli's for a service account of the source: MCLI_CLIENT_ID is mongocli's own sign-in, and
// MONGODB_ATLAS_CLIENT_ID that of the destination.
const (
	EnvClientID     = "MIGRATIONLINK_CLIENT_ID"
	EnvClientSecret = "MIGRATIONLINK_CLIENT_SECRET"
)

// credentials are who signs in by a security scheme: a name and its secret.
type credentials struct {
	Scheme       migrationlink.SecurityScheme
	Name, Secret sourced
}

func (c credentials) whole() bool { return c.Name.Value != "" && c.Secret.Value != "" }
func (c credentials) empty() bool { return c.Name.Value == "" && c.Secret.Value == "" }

// set are the names of those that are set.
func (c credentials) set() string {
	var names []string
	for _, half := range []sourced{c.Name, c.Secret} {
		if half.Value != "" {
			names = append(names, half.Name)
		}
	}
	return strings.Join(names, " and ")
}

// Who signs in, in a sentence.
func (c credentials) Who() string { return schemes[c.Scheme].who + " " + c.Shown() }

// Shown is the name, or what stands for it where a secret is in it.
func (c credentials) Shown() string { return secret.Shown(c.Name.Value, c.Secret.Value) }

// Fit is a text, or what stands for it where the secret is in it.
func (c credentials) Fit(text string) string {
	if secret.NewFinder(secret.NewAll("credential", c.Secret.Value)...).Shows(text) {
		return secret.Withheld
	}
	return text
}

// Misplaced says that a secret is in the name, or is nil.
func (c credentials) Misplaced() error {
	if misplaced := schemes[c.Scheme].pair.Misplaced(c.Name.Value, c.Secret.Value); misplaced != "" {
		return &console.SettingError{Name: c.Name.Name, Err: errors.New(misplaced)}
	}
	return nil
}

// Half is what is wrong with one that is not whole, or nil. A secret in the name may be why.
func (c credentials) Half() error {
	half := c.missing()
	if half == nil {
		return nil
	}
	return errors.Join(c.Misplaced(), half)
}

func (c credentials) missing() error {
	name, secret, whose := schemes[c.Scheme].name, schemes[c.Scheme].private, schemes[c.Scheme].whose
	switch {
	case c.whole(), c.empty():
		return nil
	case c.Name.Value == "":
		return fmt.Errorf("%s is not set: want the %s of %s whose %s is in %s", c.Name.Name, name, whose, secret, c.Secret.Name)
	}
	return fmt.Errorf("%s is not set: want the %s of %s whose %s is in %s", c.Secret.Name, secret, whose, name, c.Name.Name)
}

// option is the client's. Where there are no credentials it is a stand-in for them, so that the client tells what else is wrong.
func (c credentials) option() client.Option {
	if !c.whole() {
		return client.APIKey("missing", "missing")
	}
	return schemes[c.Scheme].option(c.Name.Value, c.Secret.Value)
}

// ServiceAccount is that of the environment.
func ServiceAccount(p console.Process) credentials {
	of := func(name string) sourced { return sourced{console.Setting{Value: p.Env(name), Name: name}, name} }
	return credentials{Scheme: migrationlink.SecuritySchemeServiceAccount, Name: of(EnvClientID), Secret: of(EnvClientSecret)}
}

// apiKey is that of a level.
func (l level) apiKey() credentials {
	return credentials{
		Scheme: migrationlink.SecuritySchemeDigest, Name: l.find(mongocli.PublicAPIKey), Secret: l.find(mongocli.PrivateAPIKey),
	}
}

// credentials are taken whole from one place. mongocli looks for each half by itself, so that halves of two keys can meet.
func (s *Sources) credentials(profile string) (credentials, error) {
	none := credentials{Scheme: migrationlink.SecuritySchemeDigest}
	levels := s.levels(profile)
	account, key := ServiceAccount(s.p), levels[0].apiKey()
	switch {
	case s.flags.Checking || account.empty():
	case !key.empty():
		return none, fmt.Errorf("an API key and a service account are both in the environment, and a call signs in by one: unset %s, or %s",
			key.set(), account.set())
	default:
		return account, account.Half()
	}
	for i, l := range levels {
		key := l.apiKey()
		if key.empty() {
			continue
		}
		err := key.Half()
		for _, below := range levels[i+1:] {
			if err != nil && !below.apiKey().empty() {
				return none, fmt.Errorf("%w; it is not made whole from %s, as mongocli would do: to use the key there, leave %s out", err, below.name, key.set())
			}
		}
		return key, err
	}
	return none, s.noKey()
}

func (s *Sources) noKey() error {
	text := "no API key: set " + EnvPublicKey + " and " + EnvPrivateKey + " to the two halves of a key with the role Organization Owner"
	var having []string
	for _, name := range s.file.Profiles() {
		if s.file.Value(name, mongocli.PublicAPIKey).Text != "" && s.file.Value(name, mongocli.PrivateAPIKey).Text != "" {
			having = append(having, console.Word(secret.Shown(name, "")))
		}
	}
	if len(having) > 0 {
		text += ", or choose a profile that has one, by -P: " + strings.Join(having, ", ")
	}
	return errors.New(text)
}
