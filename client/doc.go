// Package client connects an organization of MongoDB Cloud Manager or Ops Manager with an Atlas organization, tells how the connection is,
// and cuts it. [New] makes a [Client]; what goes wrong in a call is an [*Error].
//
// A link-token is a credential, and so is an API key, and the secret of a service account. They leave only for the address that was given, over a
// connection whose certificate was verified, and the link-token only after that server has signed the caller in, or has asked for it: with an API key
// the first request is a probe without content, with a service account it is the one for an access token. No redirect is followed; no error shows
// a credential, not even one that repeats what the server said.
//
// # At most once
//
// A link-token that may have been taken is not sent again, neither by a Client nor by net/http below it: see [Client.Connect] and
// [ErrOutcomeUnknown]. This rests on what a server means by its answer. One of 401 is taken to have done nothing (RFC 9110 section 15.5.2), and is
// answered by a fresh sign-in and the same request; so are 429, and 503 with Retry-After, by waiting. A proxy that repeats a POST by itself, or
// answers so after the effect, breaks that promise, and nothing here can tell.
package client
