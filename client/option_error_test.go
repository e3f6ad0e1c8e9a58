package client_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/migrationlink/migrationlink/client"
)

func TestNewNamesEveryOptionThatIsWrong(t *testing.T) {
	t.Parallel()
	_, err := client.New(client.BaseURL("http://om.example"), client.Attempts(0), client.RootCAs(nil), client.APIKey("ownerkey", ""))
	assert.EqualError(t, err, `client.Attempts: 0: want 1 to 100
client.APIKey: the private key is empty: want both halves of an API key pair
client.BaseURL: plain http to "om.example", where a listener on the way would read the link-token: want https, or client.AllowHTTP as well
client.RootCAs: no certificate in it: want PEM, with "-----BEGIN CERTIFICATE-----"`)

	named := map[string]string{}
	for _, wrong := range optionErrors(err) {
		named[wrong.Option] = wrong.Say("--allow-http")
	}
	assert.Equal(t, map[string]string{
		"Attempts": "0: want 1 to 100",
		"APIKey":   "the private key is empty: want both halves of an API key pair",
		"BaseURL":  `plain http to "om.example", where a listener on the way would read the link-token: want https, or --allow-http`,
		"RootCAs":  `no certificate in it: want PEM, with "-----BEGIN CERTIFICATE-----"`,
	}, named)
}

func optionErrors(err error) []*client.OptionError {
	if all, joined := err.(interface{ Unwrap() []error }); joined {
		var found []*client.OptionError
		for _, one := range all.Unwrap() {
			found = append(found, optionErrors(one)...)
		}
		return found
	}
	var one *client.OptionError
	if errors.As(err, &one) {
		return []*client.OptionError{one}
	}
	return nil
}
