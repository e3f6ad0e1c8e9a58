package client_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/client"
)

func htmlReply(status int, body string) reply {
	return reply{status: status, header: map[string]string{"Content-Type": "text/html; charset=utf-8"}, body: body}
}

func challenged(body string) reply {
	r := jsonReply(401, body)
	r.header["WWW-Authenticate"] = challenge
	return r
}

func later(status int, body, after string) reply {
	r := jsonReply(status, body)
	r.header["Retry-After"] = after
	return r
}

// failures is what people read, by what the server answered to the signed request. Each begins with the operation and the organization,
// which are left out here.
var failures = []struct {
	name, operation string
	reply           reply
	want            string
	is              []error
}{
	{"key refused", "connect", challenged(`{"detail":"You are not authorized for this resource.","error":401,"reason":"Unauthorized"}`),
		`not signed in (401): the key pair "ownerkey" was refused. Check both halves, and that it is a key of this server: it does not tell which is wrong.`, []error{client.ErrNotSignedIn}},
	{"key refused without content", "status", challenged(""),
		`not signed in (401): the key pair "ownerkey" was refused. Check both halves, and that it is a key of this server: it does not tell which is wrong.`, []error{client.ErrNotSignedIn}},
	{"key refused in an envelope", "status", challenged(`{"status":401,"content":{"error":401,"errorCode":"NO_CURRENT_USER","detail":"No current user."}}`),
		`not signed in (401 NO_CURRENT_USER): the key pair "ownerkey" was refused. Check both halves, and that it is a key of this server: it does not tell which is wrong.`, []error{client.ErrNotSignedIn}},
	{"401 with a code that is not known", "status", challenged(`{"error":401,"errorCode":"KEY_EXPIRED","detail":"The key has expired."}`),
		`not signed in or not allowed (401 KEY_EXPIRED): the server refused the key pair "ownerkey". The server says: "The key has expired."`, []error{client.ErrNotSignedIn}},
	{"401 without a challenge", "status", jsonReply(401, `{"error":401}`),
		`not signed in (401): the server asks for no HTTP Digest sign-in that this client knows. Check the address https://om.example:8443/api/public/v1.0.`, []error{client.ErrNotSignedIn}},
	{"401 with a challenge of another scheme", "status", reply{status: 401, header: map[string]string{"WWW-Authenticate": `Basic realm="proxy"`}},
		`not signed in (401): the server asks for no HTTP Digest sign-in that this client knows. Check the address https://om.example:8443/api/public/v1.0.`, []error{client.ErrNotSignedIn}},
	{"401 with a challenge that cannot be answered", "status", reply{status: 401, header: map[string]string{"WWW-Authenticate": `Digest realm="r", nonce="n", qop="auth-int"`}},
		`not signed in (401): the server asks for no HTTP Digest sign-in that this client knows. Check the address https://om.example:8443/api/public/v1.0.`, []error{client.ErrNotSignedIn}},
	{"no owner", "connect", challenged(`{"detail":"No.","error":401,"errorCode":"NOT_ORG_OWNER","parameters":[],"reason":"Unauthorized"}`),
		`not allowed (401 NOT_ORG_OWNER): the key pair "ownerkey" lacks the role Organization Owner in this organization. Give it the role, or use a key that has it.`, []error{client.ErrRoleMissing}},
	{"no owner as 403", "connect", jsonReply(403, `{"error":403,"errorCode":"NOT_ORG_OWNER"}`),
		`not allowed (403 NOT_ORG_OWNER): the key pair "ownerkey" lacks the role Organization Owner in this organization. Give it the role, or use a key that has it.`, []error{client.ErrRoleMissing}},
	{"no admin", "status", challenged(`{"error":401,"errorCode":"NOT_ORG_ADMIN"}`),
		`not allowed (401 NOT_ORG_ADMIN): the key pair "ownerkey" lacks the role Organization Owner in this organization. Give it the role, or use a key that has it.`, []error{client.ErrRoleMissing}},
	{"user unauthorized", "disconnect", challenged(`{"error":401,"errorCode":"USER_UNAUTHORIZED"}`),
		`not allowed (401 USER_UNAUTHORIZED): the key pair "ownerkey" lacks the role Organization Owner in this organization. Give it the role, or use a key that has it.`, []error{client.ErrRoleMissing}},
	{"no access to the organization", "status", challenged(`{"error":401,"errorCode":"USER_CANNOT_ACCESS_ORG","parameters":["5f7aac56b3a0b94bcdce6d8a"]}`),
		`not allowed (401 USER_CANNOT_ACCESS_ORG): the key pair "ownerkey" has no access to this organization. An API key belongs to one organization: use one of this organization, with the role Organization Owner.`, []error{client.ErrRoleMissing}},

	{"account suspended", "connect", jsonReply(402, `{"error":402,"errorCode":"ACCOUNT_SUSPENDED"}`),
		`refused (402 ACCOUNT_SUSPENDED): the account is suspended. Its owner must settle that with MongoDB.`, nil},
	{"402 without a document", "connect", jsonReply(402, `{"error":402}`),
		`refused (402): the account must be settled with MongoDB first.`, nil},

	{"access list", "connect", jsonReply(403, `{"detail":"IP address 203.0.113.7 is not allowed to access this resource.","error":403,"errorCode":"IP_ADDRESS_NOT_ON_ACCESS_LIST","parameters":["203.0.113.7"],"reason":"Forbidden"}`),
		`not allowed (403 IP_ADDRESS_NOT_ON_ACCESS_LIST): 203.0.113.7 is not on the access list of the key "ownerkey". Add it there, as the server sees it.`, []error{client.ErrNotOnAccessList}},
	{"access list and an IPv6 address", "connect", jsonReply(403, `{"error":403,"errorCode":"IP_ADDRESS_NOT_ON_ACCESS_LIST","parameters":["2001:db8::7"]}`),
		`not allowed (403 IP_ADDRESS_NOT_ON_ACCESS_LIST): 2001:db8::7 is not on the access list of the key "ownerkey". Add it there, as the server sees it.`, []error{client.ErrNotOnAccessList}},
	{"access list without an address", "connect", jsonReply(403, `{"error":403,"errorCode":"IP_ADDRESS_NOT_ON_ACCESS_LIST","parameters":["<script>"]}`),
		`not allowed (403 IP_ADDRESS_NOT_ON_ACCESS_LIST): this address is not on the access list of the key "ownerkey". Add it there, as the server sees it.`, []error{client.ErrNotOnAccessList}},
	{"access list and an address with a zone", "connect", jsonReply(403, `{"error":403,"errorCode":"IP_ADDRESS_NOT_ON_ACCESS_LIST","parameters":["fe80::1%call 555-0100"]}`),
		`not allowed (403 IP_ADDRESS_NOT_ON_ACCESS_LIST): this address is not on the access list of the key "ownerkey". Add it there, as the server sees it.`, []error{client.ErrNotOnAccessList}},
	{"access list required", "status", jsonReply(403, `{"error":403,"errorCode":"ORG_REQUIRES_ACCESS_LIST"}`),
		`not allowed (403 ORG_REQUIRES_ACCESS_LIST): the organization requires an access list, and the key "ownerkey" has none. Give it one with this address on it.`, []error{client.ErrNotOnAccessList}},
	{"access forbidden", "status", jsonReply(403, `{"error":403,"errorCode":"ACCESS_FORBIDDEN","detail":"Access to this resource is forbidden."}`),
		`not allowed (403 ACCESS_FORBIDDEN): the key pair "ownerkey" is signed in, but may not use this resource. The server says: "Access to this resource is forbidden."`, nil},
	{"free tier", "status", jsonReply(403, `{"error":403,"errorCode":"NO_FREE_TIER_API"}`),
		`not allowed (403 NO_FREE_TIER_API): the API is not there for organizations on the free tier.`, nil},
	{"a gateway's 403", "status", jsonReply(403, `{"message":"Forbidden"}`),
		`not allowed (403): the server forbids it to the key pair "ownerkey", or to everyone at this address. The content begins: "{\"message\":\"Forbidden\"}".`, nil},

	{"organization id refused", "status", jsonReply(404, `{"error":404,"errorCode":"INVALID_ORG_ID","detail":"An invalid organization ID was specified."}`),
		`not found (404 INVALID_ORG_ID): the server does not take this for an organization id. The server says: "An invalid organization ID was specified."`, []error{client.ErrNotFound, client.ErrOrgNotFound}},
	{"organization not found", "connect", jsonReply(404, `{"error":404,"errorCode":"ORG_NOT_FOUND"}`),
		`not found (404 ORG_NOT_FOUND): there is no such organization at https://om.example:8443/api/public/v1.0. Check the id: it is that of the source organization.`, []error{client.ErrNotFound, client.ErrOrgNotFound}},
	{"an Atlas organization", "connect", jsonReply(404, `{"error":404,"errorCode":"EXPECTED_NON_ATLAS_ORG"}`),
		`not found (404 EXPECTED_NON_ATLAS_ORG): this is an Atlas organization. Give the source organization, of Cloud Manager or Ops Manager.`, []error{client.ErrNotFound, client.ErrOrgNotFound}},
	{"not connected", "disconnect", jsonReply(404, `{"error":404,"errorCode":"RESOURCE_NOT_FOUND","detail":"Cannot find resource /x."}`),
		`nothing to disconnect (404 RESOURCE_NOT_FOUND): the organization is not connected. The server says: "Cannot find resource /x."`, []error{client.ErrNotFound, client.ErrNotConnected}},
	{"no such resource", "status", jsonReply(404, `{"error":404,"errorCode":"RESOURCE_NOT_FOUND"}`),
		`not found (404 RESOURCE_NOT_FOUND): the server has no migration link here. Check the address https://om.example:8443/api/public/v1.0; Ops Manager has it since version 5.0.`, []error{client.ErrNotFound}},
	{"404 of a web server", "connect", htmlReply(404, "<html>\n<h1>Not Found</h1>"),
		`not found (404): the server has no migration link here. Check the address https://om.example:8443/api/public/v1.0; Ops Manager has it since version 5.0. The content begins: "<html> <h1>Not Found</h1>".`, []error{client.ErrNotFound}},
	{"405", "connect", jsonReply(405, `{"error":405,"errorCode":"METHOD_NOT_ALLOWED"}`),
		`refused (405 METHOD_NOT_ALLOWED): the server has no migration link here. Check the address https://om.example:8443/api/public/v1.0; Ops Manager has it since version 5.0.`, nil},

	{"token in use", "connect", jsonReply(409, `{"error":409,"errorCode":"LINK_TOKEN_IN_USE"}`),
		`refused (409 LINK_TOKEN_IN_USE): the link-token connects another organization. Generate one for each organization.`, []error{client.ErrConflict, client.ErrTokenInUse}},
	{"migrations running", "disconnect", jsonReply(409, `{"error":409,"errorCode":"CANNOT_DELETE_ORG_LINK_WITH_RUNNING_LIVE_EXPORT","parameters":["5f7aac56b3a0b94bcdce6d8b",7,"5f7aac56b3a0b94bcdce6d8c"]}`),
		`refused (409 CANNOT_DELETE_ORG_LINK_WITH_RUNNING_LIVE_EXPORT): live migrations are running in the projects 5f7aac56b3a0b94bcdce6d8b, 5f7aac56b3a0b94bcdce6d8c. Finish or cancel them first.`, []error{client.ErrConflict, client.ErrMigrationRunning}},
	{"many migrations running", "disconnect", jsonReply(409, `{"error":409,"errorCode":"CANNOT_DELETE_ORG_LINK_WITH_RUNNING_LIVE_EXPORT","parameters":["a","b","c","d","e","f","g","h","i","j","k","l"]}`),
		`refused (409 CANNOT_DELETE_ORG_LINK_WITH_RUNNING_LIVE_EXPORT): live migrations are running in the projects a, b, c, d, e, f, g, h, i, j and 2 more. Finish or cancel them first.`, []error{client.ErrConflict, client.ErrMigrationRunning}},
	{"migrations running somewhere", "disconnect", jsonReply(409, `{"error":409,"errorCode":"CANNOT_DELETE_ORG_LINK_WITH_RUNNING_LIVE_EXPORT"}`),
		`refused (409 CANNOT_DELETE_ORG_LINK_WITH_RUNNING_LIVE_EXPORT): live migrations are running. Finish or cancel them first.`, []error{client.ErrConflict, client.ErrMigrationRunning}},
	{"a conflict that is not known", "connect", jsonReply(409, `{"error":409,"errorCode":"SOMETHING_NEW","detail":"Something new."}`),
		`refused (409 SOMETHING_NEW): something stands against it at present. The server says: "Something new."`, []error{client.ErrConflict}},

	{"a property refused", "connect", jsonReply(400, `{"badRequestDetail":{"fields":[{"description":"must not be empty","field":"linkToken"}]},"detail":"Invalid attribute linkToken specified.","error":400,"errorCode":"INVALID_ATTRIBUTE","parameters":["linkToken"]}`),
		`refused (400 INVALID_ATTRIBUTE): the server does not take the request. The server says: "Invalid attribute linkToken specified." Property "linkToken": "must not be empty".`, nil},
	{"a document of OAuth", "status", jsonReply(400, `{"error":"invalid_request","error_description":"no"}`),
		`refused (400): the server does not take the request. The content begins: "{\"error\":\"invalid_request\",\"error_description\":\"no\"}".`, nil},
	{"a code that is no code", "status", jsonReply(400, `{"error":400,"errorCode":"no: (200) all is well"}`),
		`refused (400): the server does not take the request.`, nil},
	{"413", "connect", jsonReply(413, `{"error":413,"errorCode":"REQUEST_ENTITY_TOO_LARGE"}`),
		`refused (413 REQUEST_ENTITY_TOO_LARGE): the link-token is too long for the server.`, nil},
	{"415", "connect", jsonReply(415, `{"error":415,"errorCode":"UNSUPPORTED_MEDIA_TYPE"}`),
		`refused (415 UNSUPPORTED_MEDIA_TYPE): the server does not take JSON here. Check the address https://om.example:8443/api/public/v1.0.`, nil},
	{"418", "connect", reply{status: 418}, `refused (418): the server does not take the request.`, nil},

	{"rate limited", "connect", later(429, `{"detail":"Resource /x is limited to 100 requests every 1 minutes.","error":429,"errorCode":"RATE_LIMITED","parameters":["/x",100,1]}`, "60"),
		`too many requests (429 RATE_LIMITED): the server takes no more for now. The server says: "Resource /x is limited to 100 requests every 1 minutes." Come back in 60 s.`, []error{client.ErrRateLimited}},
	{"rate limited until a date", "status", later(429, "", "Mon, 23 Nov 2026 10:00:00 GMT"),
		`too many requests (429): the server takes no more for now. Come back after Mon, 23 Nov 2026 10:00:00 GMT.`, []error{client.ErrRateLimited}},
	{"rate limited for a time that cannot be read", "status", later(429, "", "soon"),
		`too many requests (429): the server takes no more for now.`, []error{client.ErrRateLimited}},

	{"connect and 500", "connect", jsonReply(500, `{"error":500,"errorCode":"UNEXPECTED_ERROR","detail":"Unexpected error."}`),
		`failed (500 UNEXPECTED_ERROR): the server failed. The server says: "Unexpected error." The outcome is unknown: ask Status before trying again. SYNCED there means connected; NOT_SYNCED does not tell.`, []error{client.ErrUnavailable}},
	{"disconnect and 500", "disconnect", jsonReply(500, `{"error":500}`),
		`failed (500): the server failed. The outcome is unknown: disconnecting once more does no harm and settles it.`, []error{client.ErrUnavailable}},
	{"status and 500", "status", jsonReply(500, `{"error":500}`), `failed (500): the server failed.`, []error{client.ErrUnavailable}},
	{"502 of a proxy", "connect", htmlReply(502, "<h1>Bad Gateway</h1>"),
		`failed (502): the server failed. The content begins: "<h1>Bad Gateway</h1>". The outcome is unknown: ask Status before trying again. SYNCED there means connected; NOT_SYNCED does not tell.`, []error{client.ErrUnavailable}},
	{"unavailable", "connect", later(503, `{"error":503,"errorCode":"SERVICE_UNAVAILABLE"}`, "5"),
		`unavailable (503 SERVICE_UNAVAILABLE): the server cannot answer for now. Come back in 5 s.`, []error{client.ErrUnavailable}},
	{"a status that is none", "status", reply{status: 799}, `unexpected answer (799): that is no status of an answer. A login page or a proxy may have answered: check the address https://om.example:8443/api/public/v1.0.`, []error{client.ErrUnexpectedAnswer}},

	{"login page", "connect", htmlReply(200, "<html><title>Sign in</title>"),
		`unexpected answer (200): the content is not application/json. The content begins: "<html><title>Sign in</title>". A login page or a proxy may have answered: check the address https://om.example:8443/api/public/v1.0. The outcome is unknown: ask Status before trying again. SYNCED there means connected; NOT_SYNCED does not tell.`, []error{client.ErrUnexpectedAnswer}},
	{"login page for status", "status", htmlReply(200, "<html><title>Sign in</title>"),
		`unexpected answer (200): the content is not application/json. The content begins: "<html><title>Sign in</title>". A login page or a proxy may have answered: check the address https://om.example:8443/api/public/v1.0.`, []error{client.ErrUnexpectedAnswer}},
	{"login page for disconnect", "disconnect", htmlReply(200, "<html>"),
		`unexpected answer (200): the content is not application/json. The content begins: "<html>". A login page or a proxy may have answered: check the address https://om.example:8443/api/public/v1.0. The outcome is unknown: disconnecting once more does no harm and settles it.`, []error{client.ErrUnexpectedAnswer}},
	{"JSON that is called text", "status", reply{status: 200, header: map[string]string{"Content-Type": "text/plain"}, body: `{"status":"SYNCED"}`},
		`unexpected answer (200): the content is not application/json. The content begins: "{\"status\":\"SYNCED\"}". A login page or a proxy may have answered: check the address https://om.example:8443/api/public/v1.0.`, []error{client.ErrUnexpectedAnswer}},
	{"204 on connect", "connect", reply{status: 204},
		`unexpected answer (204): there is no content. A login page or a proxy may have answered: check the address https://om.example:8443/api/public/v1.0. The outcome is unknown: ask Status before trying again. SYNCED there means connected; NOT_SYNCED does not tell.`, []error{client.ErrUnexpectedAnswer}},
	{"empty 201", "connect", jsonReply(201, ""),
		`unexpected answer (201): there is no content. The outcome is unknown: ask Status before trying again. SYNCED there means connected; NOT_SYNCED does not tell.`, []error{client.ErrUnexpectedAnswer}},
	{"null", "connect", jsonReply(201, "null"),
		`unexpected answer (201): the content is not one JSON object. The content begins: "null". The outcome is unknown: ask Status before trying again. SYNCED there means connected; NOT_SYNCED does not tell.`, []error{client.ErrUnexpectedAnswer}},
	{"array", "status", jsonReply(200, `[{"status":"SYNCED"}]`),
		`unexpected answer (200): the content is not one JSON object. The content begins: "[{\"status\":\"SYNCED\"}]".`, []error{client.ErrUnexpectedAnswer}},
	{"bytes after the object", "status", jsonReply(200, `{"status":"SYNCED"}x`),
		`unexpected answer (200): the content is not one JSON object. The content begins: "{\"status\":\"SYNCED\"}x".`, []error{client.ErrUnexpectedAnswer}},
	{"half an object", "status", jsonReply(200, `{"status":"SYN`),
		`unexpected answer (200): the content is not one JSON object. The content begins: "{\"status\":\"SYN".`, []error{client.ErrUnexpectedAnswer}},
	{"an envelope that was not asked for", "connect", jsonReply(201, `{"status":201,"content":{"status":"SYNCED"}}`),
		`unexpected answer (201): the content is in an envelope, which was not asked for. The content begins: "{\"status\":201,\"content\":{\"status\":\"SYNCED\"}}". The outcome is unknown: ask Status before trying again. SYNCED there means connected; NOT_SYNCED does not tell.`, []error{client.ErrUnexpectedAnswer}},
	{"a status that is a number", "status", jsonReply(200, `{"status":1}`),
		`unexpected answer (200): the property status is not a string. The content begins: "{\"status\":1}".`, []error{client.ErrUnexpectedAnswer}},
	{"a status that is a sentence", "status", jsonReply(200, `{"status":"all is well"}`),
		`unexpected answer (200): the property status is not a status. The content begins: "{\"status\":\"all is well\"}".`, []error{client.ErrUnexpectedAnswer}},
	{"an error called success", "connect", jsonReply(200, `{"error":404,"errorCode":"ORG_NOT_FOUND","detail":"No organization."}`),
		`unexpected answer (200): the content is an error document. The server says: "No organization." The outcome is unknown: ask Status before trying again. SYNCED there means connected; NOT_SYNCED does not tell.`, []error{client.ErrUnexpectedAnswer}},

	{"redirect", "connect", reply{status: 307, header: map[string]string{"Location": "https://user:pass@sso.example/login?return=secret#here"}},
		`redirected (307) to https://sso.example, which is not followed. Check the address https://om.example:8443/api/public/v1.0.`, []error{client.ErrRedirected}},
	{"redirect of a read", "status", reply{status: 302, header: map[string]string{"Location": "/login?return=secret"}},
		`redirected (302) to https://om.example:8443, which is not followed. Check the address https://om.example:8443/api/public/v1.0.`, []error{client.ErrRedirected}},
	{"redirect without a target", "disconnect", reply{status: 301},
		`redirected (301) nowhere, which is not followed. Check the address https://om.example:8443/api/public/v1.0.`, []error{client.ErrRedirected}},
	{"redirect to what is no address", "status", reply{status: 301, header: map[string]string{"Location": "https://sso.example/%zz?secret"}},
		`redirected (301) nowhere, which is not followed. Check the address https://om.example:8443/api/public/v1.0.`, []error{client.ErrRedirected}},

	{"control characters", "status", jsonReply(400, `{"error":400,"detail":"one\u001b[2Jtwo\r\nthree\u0000\u202efour\u200b"}`),
		"refused (400): the server does not take the request. The server says: \"one\uFFFD[2Jtwo  three\uFFFD\uFFFDfour\uFFFD\".", nil},
	{"control characters in a page", "status", htmlReply(400, "a\x1b]0;title\x07b\x9bc"),
		"refused (400): the server does not take the request. The content begins: \"a\uFFFD]0;title\uFFFDb\uFFFDc\".", nil},
	{"invalid UTF-8", "status", jsonReply(400, "{\"error\":400,\"detail\":\"caf\xe9 \xff\"}"),
		"refused (400): the server does not take the request. The server says: \"caf\uFFFD \uFFFD\".", nil},
	{"a long sentence", "status", jsonReply(400, `{"error":400,"detail":"x`+strings.Repeat("ä", 300)+`"}`),
		`refused (400): the server does not take the request. The server says: "x` + strings.Repeat("ä", 255) + `…".`, nil},
	{"a long page", "status", htmlReply(400, strings.Repeat("ab ", 300)),
		`refused (400): the server does not take the request. The content begins: "` + strings.Repeat("ab ", 85) + `a…".`, nil},
}

func TestWhatAFailureReadsLike(t *testing.T) {
	t.Parallel()
	for _, f := range failures {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			_, err := run(t, over(t, &script{signed: answering(f.reply)}), f.operation)
			require.EqualError(t, err, f.operation+" organization 5f7aac56b3a0b94bcdce6d8a: "+f.want)
			var e *client.Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, f.reply.status, e.HTTPStatus)
			assert.Equal(t, f.operation, string(e.Operation))
			assert.Equal(t, org, e.OrgID)
			for _, sentinel := range sentinels {
				want := slices.Contains(f.is, sentinel)
				if errors.Is(sentinel, client.ErrOutcomeUnknown) {
					want = strings.Contains(f.want, "The outcome is unknown")
				}
				assert.Equal(t, want, errors.Is(err, sentinel), sentinel)
			}
		})
	}
}

var sentinels = []error{
	client.ErrNotSignedIn, client.ErrRoleMissing, client.ErrNotOnAccessList, client.ErrNotFound, client.ErrOrgNotFound, client.ErrNotConnected, client.ErrConflict, client.ErrTokenInUse,
	client.ErrMigrationRunning, client.ErrRateLimited, client.ErrUnavailable, client.ErrRedirected, client.ErrUnexpectedAnswer, client.ErrOutcomeUnknown, client.ErrNoLinkToken,
}
