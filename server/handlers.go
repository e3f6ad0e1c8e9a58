package server

import (
	"context"
	"errors"
	"fmt"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/gen"
	"github.com/migrationlink/migrationlink/server/links"
)

// handlers implement the generated interface. They see only requests that keep the contract, of keys that may make them.
type handlers struct{ server *Server }

var _ gen.StrictServerInterface = (*handlers)(nil)

// Connect implements POST /orgs/{orgId}/liveExport/migrationLink.
func (h *handlers) Connect(ctx context.Context, request gen.ConnectRequestObject) (gen.ConnectResponseObject, error) {
	link := links.Link{
		OrgID: canonical(request.OrgId), Token: request.Body.LinkToken.Fingerprint(), ConnectedAt: h.server.now(),
	}
	_, err := h.server.links.Connect(ctx, link)
	switch {
	case errors.Is(err, links.ErrTokenInUse):
		return nil, linkTokenInUse()
	case err != nil:
		return nil, h.server.failed(migrationlink.OperationConnect, err)
	}
	return gen.Connect201JSONResponse{
		Body:    gen.Link{Status: migrationlink.StatusSynced},
		Headers: gen.Connect201ResponseHeaders{Vary: new(varyAcceptEncoding), XMongoDBServiceVersion: serviceVersion},
	}, nil
}

// Disconnect implements DELETE /orgs/{orgId}/liveExport/migrationLink.
func (h *handlers) Disconnect(ctx context.Context, request gen.DisconnectRequestObject) (gen.DisconnectResponseObject, error) {
	org := canonical(request.OrgId)
	err := h.server.disconnect(ctx, org)
	switch {
	case errors.Is(err, links.ErrNotConnected):
		return nil, notConnected(org)
	case err != nil:
		return nil, h.server.failed(migrationlink.OperationDisconnect, err)
	}
	return gen.Disconnect204Response{Headers: gen.Disconnect204ResponseHeaders{XMongoDBServiceVersion: serviceVersion}}, nil
}

// Status implements GET /orgs/{orgId}/liveExport/migrationLink/status.
func (h *handlers) Status(ctx context.Context, request gen.StatusRequestObject) (gen.StatusResponseObject, error) {
	link, err := h.server.links.Get(ctx, canonical(request.OrgId))
	status := h.server.statusOf(link)
	switch {
	case errors.Is(err, links.ErrNotConnected):
		status = migrationlink.StatusNotSynced
	case err != nil:
		return nil, h.server.failed(migrationlink.OperationStatus, err)
	}
	return gen.Status200JSONResponse{
		Body:    gen.Link{Status: status},
		Headers: gen.Status200ResponseHeaders{Vary: new(varyAcceptEncoding), XMongoDBServiceVersion: serviceVersion},
	}, nil
}

// failed is what an operation answers when the links have failed. Links that are unavailable are so
// for a while, which is 503. So is a change that may have been made, but without Retry-After: that
// header would say that the change was not made. Why is told to the log alone.
func (s *Server) failed(operation migrationlink.Operation, err error) error {
	err = fmt.Errorf("%s: %w", operation, err)
	switch {
	case errors.Is(err, links.ErrUnknown):
		s.log.Error("the outcome is unknown", "error", err.Error())
		return outcomeUnknown()
	case errors.Is(err, links.ErrUnavailable):
		s.log.Error("links are unavailable", "error", err.Error())
		return unavailable()
	}
	return err
}
