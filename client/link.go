package client

import (
	"encoding/json"
	"regexp"
	"slices"
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/secret"
)

// Link is the connection of an organization, as far as the server told. MongoDB documents the status alone; the other fields are those of
// its OpenAPI document of 2022, and zero where the server does not send them.
type Link struct {
	// Status is one of the contract's, or another name in capital letters that a newer server sent, as it
	// sent it, or [migrationlink.StatusUnknown].
	Status migrationlink.Status
	// SourceOrgID is the source organization, as the server writes it.
	SourceOrgID string
	// CreatedAt is when the organizations were connected; zero also where the server's date is not one of RFC 3339.
	CreatedAt time.Time
	// LastSyncedAt is when metadata was last pushed to Atlas; zero as with CreatedAt.
	LastSyncedAt time.Time
	// ErrorMessage is why the last push failed: at most 512 bytes, printable.
	ErrorMessage string
	// TargetOrg is the Atlas organization, of a shape that is not documented. Numbers are json.Number.
	TargetOrg map[string]any
}

// statusName is the shape of both documented names. Anything else in its place is no status, and not shown.
var statusName = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,63}$`)

// readLink reads a success. The sentence says what is wrong with it, and is empty when nothing is.
func readLink(content object, clean *secret.Cleaner) (_ Link, wrong string) {
	var status *string
	if _, enveloped := content["content"]; enveloped && content["status"] == nil {
		return Link{}, "the content is in an envelope, which was not asked for"
	}
	if raw, has := content["status"]; has {
		if json.Unmarshal(raw, &status) != nil {
			if _, enveloped := content["content"]; enveloped {
				return Link{}, "the content is in an envelope, which was not asked for"
			}
			return Link{}, "the property status is not a string"
		}
	}
	var link Link
	if status != nil {
		known := slices.Contains(migrationlink.Statuses(), migrationlink.Status(*status)) // the search for credentials costs more than the call
		if !known && (!statusName.MatchString(*status) || clean.Shows(*status)) {
			return Link{}, "the property status is not a status"
		}
		link.Status = migrationlink.Status(*status)
	}
	link.SourceOrgID = clean.Text(content.text("sourceOrgId"))
	link.CreatedAt = content.time("createdAt")
	link.LastSyncedAt = content.time("lastSyncedAt")
	link.ErrorMessage = clean.Text(content.text("errorMessage"))
	if target, ok := clean.Value(content.value("targetOrg")).(map[string]any); ok {
		link.TargetOrg = target
	}
	return link, ""
}
