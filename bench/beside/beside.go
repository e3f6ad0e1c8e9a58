// Package beside has what the stand-in is measured beside: a bare handler, written to be as fast as net/http allows; and for orientation the
// generated strict handler alone, and kin-openapi's checks chained before it the way its documentation shows.
package beside

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server"
)

// The organization, and the API key that owns it: those of migrationlink serve without a configuration, which anybody can read.
const (
	OrgID      = migrationlink.OrgID("5f7aac56b3a0b94bcdce6d8a")
	PublicKey  = "ownerkey"
	PrivateKey = "11111111-2222-3333-4444-555555555555"
)

// Paths of the API, with the base path and without.
const (
	BasePath      = "/api/public/v1.0"
	ShortLinkPath = "/orgs/" + string(OrgID) + "/liveExport/migrationLink"
	LinkPath      = BasePath + ShortLinkPath
)

var makers = map[string]func() (http.Handler, error){
	"bare":     func() (http.Handler, error) { return http.HandlerFunc(bare), nil },
	"strict":   func() (http.Handler, error) { return newStrict(), nil },
	"kin":      newKin,
	"stand-in": func() (http.Handler, error) { return NewStandIn() },
}

// New is a handler by its name: bare, strict, kin, or stand-in.
func New(name string) (http.Handler, error) {
	maker, ok := makers[name]
	if !ok {
		return nil, fmt.Errorf("%q: want one of %s", name, strings.Join(Names(), ", "))
	}
	return maker()
}

// Names are those that New knows, sorted.
func Names() []string { return slices.Sorted(maps.Keys(makers)) }

// NewStandIn is the stand-in without a logger.
func NewStandIn() (*server.Server, error) {
	return server.New(server.Config{
		Organizations: []server.Organization{{ID: OrgID}},
		APIKeys: []server.APIKey{{
			PublicKey: PublicKey, PrivateKey: migrationlink.NewSecret(PrivateKey), Roles: map[migrationlink.OrgID][]server.Role{OrgID: {server.RoleOrgOwner}},
		}},
	})
}
