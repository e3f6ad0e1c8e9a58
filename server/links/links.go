// Package links keeps which organization is connected, and by which link-token. It knows no HTTP and keeps no token: a token is known by
// its fingerprint alone.
package links

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/migrationlink/migrationlink"
)

// Fingerprint tells one link-token from another: [migrationlink.LinkToken.Fingerprint].
type Fingerprint = [sha256.Size]byte

// Link is one connection.
type Link struct {
	OrgID       migrationlink.OrgID
	Token       Fingerprint
	ConnectedAt time.Time
}

var (
	// ErrNotConnected is the error for an organization without a link.
	ErrNotConnected = errors.New("the organization is not connected")
	// ErrTokenInUse is the error for a token that another organization is connected with now.
	ErrTokenInUse = errors.New("the link-token connects another organization")
	// ErrUnavailable is the error for links that cannot be kept or told for now: the disk is full
	// or fails, the file is closed. The call changed nothing.
	ErrUnavailable = errors.New("links are unavailable")
	// ErrUnknown is the error for a change of which nobody knows whether it was made: the last step
	// of writing it down failed, or what would tell the outcome is gone. The change was made whole
	// or not at all.
	ErrUnknown = errors.New("whether the change was made is not known")
)

// Links keeps the connections. It is safe for concurrent use, and each method takes effect whole or
// not at all: one that was given up, by its context, too. After any error but [ErrUnknown] a method
// has changed nothing. Package linkstest has the suite that holds an implementation to this.
type Links interface {
	// Connect keeps link. With the token that the organization has already nothing changes, another token replaces it, and one that
	// another organization has now is ErrTokenInUse. It returns what is kept afterwards.
	Connect(ctx context.Context, link Link) (Link, error)
	// ConnectOnce keeps link if the organization is not connected and ConnectOnce has not been
	// called for the organization before. It reports whether it did. What it remembers lasts as
	// long as the links do, so that an organization that was connected by it and then disconnected
	// stays disconnected. A token that another organization has now is ErrTokenInUse, and nothing
	// is remembered.
	ConnectOnce(ctx context.Context, link Link) (bool, error)
	// Get returns the link of an organization, or ErrNotConnected.
	Get(ctx context.Context, org migrationlink.OrgID) (Link, error)
	// Disconnect forgets the link of an organization and so sets its token free, or is ErrNotConnected.
	Disconnect(ctx context.Context, org migrationlink.OrgID) error
}
