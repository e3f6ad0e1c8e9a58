package client

// OptionError is one option of [New] that is wrong. The error of New has one for each of them.
type OptionError struct {
	// Option is the name of the option, as BaseURL; New where none is to blame.
	Option string
	// Name: it is the public key or the client id, not the credential as a whole, that is wrong.
	Name bool
	// Problem says what is wrong. It repeats no secret.
	Problem string
	// Want says what would be right; empty where Problem says it.
	Want string
	// See is another option that has to do with it: APIKey, ServiceAccount or AllowHTTP; empty where none has.
	See string
	// Err is the cause, if there is one.
	Err error
}

// Error begins with the option, as client.BaseURL.
func (e *OptionError) Error() string {
	option, see := "client."+e.Option, ""
	switch e.See {
	case "ServiceAccount":
		option += ", client.ServiceAccount"
	case "APIKey":
		see = "client.APIKey takes the key"
	case "AllowHTTP":
		see = "client.AllowHTTP as well"
	}
	return option + ": " + e.Say(see)
}

// Say says what is wrong and what would be right, without the name of the option. see is what there is to say of
// [OptionError.See].
func (e *OptionError) Say(see string) string {
	text := e.Problem
	if e.See == "APIKey" {
		text += "; " + see
	}
	if e.Want != "" {
		text += ": want " + e.Want
	}
	if e.See == "AllowHTTP" {
		text += ", or " + see
	}
	return text
}

// Unwrap gives the cause.
func (e *OptionError) Unwrap() error { return e.Err }

// wrong is the error of an option whose problem says all.
func wrong(option, problem string) error { return &OptionError{Option: option, Problem: problem} }
