// Package interop signs in across implementations: MongoDB's and another Go library for HTTP Digest at the stand-in, and this project's
// transport at a server that is not ours; and it has the calls of the client traced by OpenTelemetry. It is a module of its own, so that the peers stay out of the project's go.mod.
package interop
