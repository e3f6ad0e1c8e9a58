package server

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/server/links"
)

// Organizations are the ids of those that exist, sorted.
func (s *Server) Organizations() []migrationlink.OrgID {
	return slices.Sorted(maps.Keys(s.organizations))
}

// Link is the connection of an organization, and the status that the API tells of it: NOT_SYNCED for one that is not connected, whose link is
// the zero value.
func (s *Server) Link(ctx context.Context, org migrationlink.OrgID) (links.Link, migrationlink.Status, error) {
	link, err := s.links.Get(ctx, canonical(org))
	switch {
	case errors.Is(err, links.ErrNotConnected):
		return links.Link{}, migrationlink.StatusNotSynced, nil
	case err != nil:
		return links.Link{}, "", err
	}
	return link, s.statusOf(link), nil
}

// Reset takes journal, faults and the links of the organizations that exist back to how they were
// at the first start. Links of others stay, and so do nonces and the time. An exchange that is
// under way meanwhile counts before or after.
func (s *Server) Reset(ctx context.Context) error {
	for _, org := range s.Organizations() {
		if err := s.resetLink(ctx, org); err != nil {
			return err
		}
	}
	s.faults.Clear()
	if err := s.setFaults(); err != nil {
		return err
	}
	s.journal.Reset()
	return nil
}

// resetLink connects an organization as at the first start, or disconnects it.
func (s *Server) resetLink(ctx context.Context, org migrationlink.OrgID) error {
	if s.organizations[org].Link != "" {
		if _, err := s.links.Connect(ctx, s.startLink(org)); err != nil {
			return fmt.Errorf("connect organization %s: %w", org, err)
		}
		return nil
	}
	if err := s.links.Disconnect(ctx, org); err != nil && !errors.Is(err, links.ErrNotConnected) {
		return fmt.Errorf("disconnect organization %s: %w", org, err)
	}
	return nil
}

// setFaults sets those of the config.
func (s *Server) setFaults() error {
	for _, f := range s.startFaults {
		if _, err := s.faults.Add(f); err != nil {
			return fmt.Errorf("faults: %w", err)
		}
	}
	return nil
}
