// Package contracttest is a suite that holds a server to the contract, as data: [Session.Cases] is a list, a [Case] has a name, the rule that it tests
// and a function that returns findings. [Run] loops over it inside go test, migrationlink check does on the command line; the list knows neither.
//
//	func TestContract(t *testing.T) {
//		contracttest.Run(t, contracttest.Target{
//			Handler: myServer, OrgID: "5f7aac56b3a0b94bcdce6d8a",
//			Key:     contracttest.Key{Public: "ownerkey", Private: migrationlink.NewSecret("…")},
//			Writes:  true,
//		})
//	}
//
// Requests are made from the document (package checker/requests), answers are judged by it (package checker), and the state of a link is held
// against a small model. The same seed asks the same.
//
// What MongoDB leaves open is decided in openapi.yaml, in an x-decision beside the rule. A finding that rests on one says so and how to take it
// out: [Except].
//
// With a [Target.ServiceAccount] everything is asked once more by OAuth 2.0, in the cases that begin with bearer/.
//
// Before anything is judged, [Open] asks for the status once. A wrong key, role, access list or organization is a fault of the set-up, a
// [PreflightError], and no finding. [NoPreflight] judges it all the same. A request is bounded by [RequestTimeout]; a server that does not respond to
// the first one, or later to three in a row, ends the session ([Session.Ended]).
//
// [Coverage] makes a run fail that has not seen enough of the contract, and names what it has not.
//
// Whoever knows the checks of Schemathesis finds them under the same names in [Checks].
package contracttest
