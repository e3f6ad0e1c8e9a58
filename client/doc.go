// Package client connects an organization of MongoDB Cloud Manager or Ops Manager with an Atlas organization, tells how the connection is,
// and cuts it. [New] makes a [Client]; what goes wrong in a call is an [*Error].
//
// A link-token is a credential, and so is the API key. Both leave only for the address that was given, the link-token only after that
// server has asked for a sign-in; no redirect is followed; no error shows them, not even one that repeats what the server said.
package client
