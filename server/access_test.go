package server_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/migrationlink/migrationlink/server"
)

// TestOneKeyHasAnotherRoleInEachOrganization asks every operation of every organization.
func TestOneKeyHasAnotherRoleInEachOrganization(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(c *server.Config) {
		c.APIKeys[0].Roles[closedOrg] = []server.Role{} // listed without any role is no role
	})
	want := map[string]string{
		org: "", neighbour: "",
		guestOrg:  problem(401, "NOT_ORG_OWNER", notOwner, `[]`),
		closedOrg: problem(401, "USER_CANNOT_ACCESS_ORG", "The API key has no role in organization "+closedOrg+".", `["`+closedOrg+`"]`),
	}
	for id, refusal := range want {
		for _, operation := range []struct{ method, target, content string }{
			{"POST", linkPath(id), linkRequest(id)}, {"GET", statusPath(id), ""}, {"DELETE", linkPath(id), ""},
		} {
			got := call(t, s, operation.method, operation.target, operation.content)
			if refusal == "" {
				assert.Less(t, got.status, 300, "%s %s", operation.method, id)
				continue
			}
			assert.Equal(t, 401, got.status, "%s %s", operation.method, id)
			assert.Equal(t, refusal, got.body, "%s %s", operation.method, id)
		}
	}
}

// TestTheAccessListGoesByAddress has requests come from everywhere.
func TestTheAccessListGoesByAddress(t *testing.T) {
	t.Parallel()
	refused := func(address string) string {
		return problem(403, "IP_ADDRESS_NOT_ON_ACCESS_LIST",
			fmt.Sprintf("IP address %s is not allowed to access this resource.", address), fmt.Sprintf("[%q]", address))
	}
	tests := []struct {
		name   string
		list   []string
		remote string
		want   string
	}{
		{"no list", nil, "203.0.113.7:1", `{"status":"NOT_SYNCED"}`},
		{"no list, no address", nil, "", `{"status":"NOT_SYNCED"}`},
		{"IPv4 inside", []string{"10.0.0.0/8"}, "10.255.255.255:1", `{"status":"NOT_SYNCED"}`},
		{"IPv4 outside", []string{"10.0.0.0/8"}, "11.0.0.0:1", refused("11.0.0.0")},
		{"one address", []string{"10.0.0.7/32"}, "10.0.0.8:1", refused("10.0.0.8")},
		{"the second of the list", []string{"10.0.0.0/8", "192.0.2.0/24"}, "192.0.2.1:1", `{"status":"NOT_SYNCED"}`},
		{"a prefix with bits behind it", []string{"10.1.2.3/8"}, "10.9.9.9:1", `{"status":"NOT_SYNCED"}`},
		{"IPv6 inside", []string{"2001:db8::/32"}, "[2001:db8:1::1]:1", `{"status":"NOT_SYNCED"}`},
		{"IPv6 outside", []string{"2001:db8::/32"}, "[2001:db9::1]:1", refused("2001:db9::1")},
		{"IPv6 against IPv4", []string{"0.0.0.0/0"}, "[::1]:1", refused("::1")},
		{"IPv4 against IPv6", []string{"::/0"}, "127.0.0.1:1", refused("127.0.0.1")},
		{"IPv4 in IPv6 is IPv4", []string{"127.0.0.0/8"}, "[::ffff:127.0.0.1]:1", `{"status":"NOT_SYNCED"}`},
		{"IPv4 in IPv6 is told as IPv4", []string{"10.0.0.0/8"}, "[::ffff:127.0.0.1]:1", refused("127.0.0.1")},
		{"a zone does not count", []string{"fe80::/10"}, "[fe80::1%eth0]:1", `{"status":"NOT_SYNCED"}`},
		{"a zone is not told", []string{"10.0.0.0/8"}, "[fe80::1%eth0]:1", refused("fe80::1")},
		{"without a port", []string{"127.0.0.0/8"}, "127.0.0.1", refused("unknown")},
		{"a Unix socket", []string{"127.0.0.0/8"}, "@", refused("unknown")},
		{"nothing", []string{"0.0.0.0/0", "::/0"}, "", refused("unknown")},
		{"a name", []string{"127.0.0.0/8"}, "localhost:1", refused("unknown")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, func(c *server.Config) {
				for _, prefix := range tt.list {
					c.APIKeys[0].AccessList = append(c.APIKeys[0].AccessList, netip.MustParsePrefix(prefix))
				}
			})
			r := sign(t, s, request(http.MethodGet, statusPath(org), ""))
			r.RemoteAddr = tt.remote
			r.Header.Set("X-Forwarded-For", "127.0.0.1, 10.0.0.1") // anybody can write that
			r.Header.Set("Forwarded", "for=127.0.0.1")
			assert.Equal(t, tt.want, ask(t, s, r).body)
		})
	}
}
