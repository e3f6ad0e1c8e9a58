package settings

import (
	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/internal/secret"
)

// scheme says what the credentials of a security scheme are.
type scheme struct {
	// name of the client's option, and the option itself
	optionName string
	option     func(name, private string) client.Option
	// pair is what package secret knows of the two halves.
	pair secret.Pair
	// who they are in a sentence, before the name, and whose halves are called so
	who, whose, name, private string
	// show puts them into what config shows.
	show func(of *shownSettings, name, private shownSetting)
}

// schemes has a row for each security scheme of the contract.
var schemes = map[migrationlink.SecurityScheme]scheme{
	migrationlink.SecuritySchemeDigest: {
		optionName: "APIKey", option: client.APIKey, pair: secret.APIKey,
		who: "key", whose: "the API key", name: "public half", private: "private half",
		show: func(of *shownSettings, name, private shownSetting) { of.PublicKey, of.PrivateKey = &name, &private },
	},
	migrationlink.SecuritySchemeServiceAccount: {
		optionName: "ServiceAccount", option: client.ServiceAccount, pair: secret.ServiceAccount,
		who: "service account", whose: "the service account", name: "client id", private: "secret",
		show: func(of *shownSettings, name, private shownSetting) { of.ClientID, of.ClientSecret = &name, &private },
	},
}
