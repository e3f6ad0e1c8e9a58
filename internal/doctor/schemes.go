package doctor

import "github.com/migrationlink/migrationlink"

// securityScheme says how a security scheme shows whether its credentials are good.
type securityScheme struct {
	// unchallenged is why there is no challenge to look at; empty where there is one.
	unchallenged string
	// fetches is true where a token is fetched before the call.
	fetches bool
	// refused is what a call that was not signed in says.
	refused func(*Examination) finding
}

// securitySchemes has a row for each security scheme of the contract.
var securitySchemes = map[migrationlink.SecurityScheme]securityScheme{
	migrationlink.SecuritySchemeDigest: {
		refused: func(x *Examination) finding {
			return finding{
				found: "the server refuses " + x.who() + ", and does not tell whether it knows it",
				next: "check " + x.secretNames() + ", and that the key was made at " + x.way.server.Host +
					"; a private key is shown once: if it is lost, make a new key there",
			}
		},
	},
	migrationlink.SecuritySchemeServiceAccount: {
		unchallenged: "a service account signs in without one", fetches: true,
		refused: func(x *Examination) finding {
			return finding{found: x.said(), next: "see whether " + x.who() + " may use the API of this server"}
		},
	},
}

func (x *Examination) scheme() securityScheme { return securitySchemes[x.call.Settings.SignIn.Scheme] }
