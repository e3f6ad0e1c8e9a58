package server

import (
	"net/netip"

	"github.com/migrationlink/migrationlink"
)

// caller is who signed a request in, and what that allows.
type caller struct {
	kind       string // what the name is of, in the log: key
	name       string
	roles      map[migrationlink.OrgID][]Role
	accessList []netip.Prefix
}

func (k *APIKey) caller() *caller {
	return &caller{kind: "key", name: k.PublicKey, roles: k.Roles, accessList: k.AccessList}
}
