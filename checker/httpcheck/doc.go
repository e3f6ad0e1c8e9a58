// Package httpcheck holds HTTP traffic to the contract while it flows. It gives a [checker.Checker] a place to listen:
//
//   - [NewMiddleware] judges what a server answers, from inside its process;
//   - [NewTransport] judges what a client sends and receives, from inside its process;
//   - [NewProxy] judges what passes between any client and any server, from outside.
//
// Each of them calls a [checker.Report] with every exchange and the verdict on it. None of them changes the traffic,
// except a proxy with [Enforce].
package httpcheck
