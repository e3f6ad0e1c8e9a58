package server

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server/links"
)

// Organization is an organization that exists, and how it is when the stand-in starts.
type Organization struct {
	ID migrationlink.OrgID
	// Kind of the organization; empty is KindCloudManager. One of Atlas is answered 404 EXPECTED_NON_ATLAS_ORG.
	Kind OrganizationKind
	// Link says that the organization is connected at the first start, with this status, by a token
	// that nobody has; empty is not connected. The status lasts until another token connects it.
	// Links remembers, for each organization, that it was connected so. At every later start with
	// the same Links the organization stays as it is there, connected or not, and so does one that
	// Links has connected already at the first.
	Link migrationlink.Status
	// RunningMigrations are ids of the projects whose live migrations run, 24 hexadecimal digits each; while the organization is connected,
	// disconnecting it is 409.
	RunningMigrations []string
}

// OrganizationKind says what an organization is of.
type OrganizationKind string

// The kinds of organizations. Cloud Manager's and Ops Manager's are answered alike.
const (
	KindCloudManager OrganizationKind = "cloudManager"
	KindOpsManager   OrganizationKind = "opsManager"
	KindAtlas        OrganizationKind = "atlas"
)

// OrganizationKinds returns every kind there is, in a fixed order.
func OrganizationKinds() []OrganizationKind {
	return []OrganizationKind{KindCloudManager, KindOpsManager, KindAtlas}
}

func (o Organization) clone() Organization {
	o.RunningMigrations = slices.Clone(o.RunningMigrations)
	return o
}

// startToken is the fingerprint of the token that connects an organization at the start. No token has it: those of tokens are made with
// another prefix.
func startToken(org migrationlink.OrgID) links.Fingerprint {
	return sha256.Sum256([]byte("migrationlink connected at the start\x00" + org))
}

// startLink is the link of an organization that is connected at the start.
func (s *Server) startLink(org migrationlink.OrgID) links.Link {
	return links.Link{OrgID: org, Token: startToken(org), ConnectedAt: s.now()}
}

// connectAtStart connects the organizations that are said to be, each once for as long as the links
// last.
func (s *Server) connectAtStart() error {
	for _, org := range s.Organizations() {
		if s.organizations[org].Link == "" {
			continue
		}
		if _, err := s.links.ConnectOnce(context.Background(), s.startLink(org)); err != nil {
			return fmt.Errorf("connect organization %s at the start: %w", org, err)
		}
	}
	return nil
}

// statusOf is the status of a connection that is there.
func (s *Server) statusOf(link links.Link) migrationlink.Status {
	if link.Token == startToken(link.OrgID) && s.organizations[link.OrgID].Link != "" {
		return s.organizations[link.OrgID].Link
	}
	return migrationlink.StatusSynced
}

// disconnect forgets the link of an organization, or is links.ErrNotConnected, or the problem of one whose migrations run.
func (s *Server) disconnect(ctx context.Context, org migrationlink.OrgID) error {
	running := s.organizations[org].RunningMigrations
	if len(running) == 0 {
		return s.links.Disconnect(ctx, org)
	}
	if _, err := s.links.Get(ctx, org); err != nil {
		return err
	}
	return migrationsRunning(running)
}
