package beside

import (
	"context"
	"net/http"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/gen"
)

// strict implements the generated interface and answers without a look at anything.
type strict struct{}

// newStrict is the generated code with nothing before it.
func newStrict() http.Handler {
	return gen.HandlerWithOptions(gen.NewStrictHandler(strict{}, nil), gen.StdHTTPServerOptions{BaseURL: BasePath})
}

// Connect implements gen.StrictServerInterface.
func (strict) Connect(context.Context, gen.ConnectRequestObject) (gen.ConnectResponseObject, error) {
	return gen.Connect201JSONResponse{
		Body:    gen.Link{Status: migrationlink.StatusSynced},
		Headers: gen.Connect201ResponseHeaders{Vary: &vary[0], XMongoDBServiceVersion: version[0]},
	}, nil
}

// Disconnect implements gen.StrictServerInterface.
func (strict) Disconnect(context.Context, gen.DisconnectRequestObject) (gen.DisconnectResponseObject, error) {
	return gen.Disconnect204Response{Headers: gen.Disconnect204ResponseHeaders{XMongoDBServiceVersion: version[0]}}, nil
}

// Status implements gen.StrictServerInterface.
func (strict) Status(context.Context, gen.StatusRequestObject) (gen.StatusResponseObject, error) {
	return gen.Status200JSONResponse{
		Body:    gen.Link{Status: migrationlink.StatusSynced},
		Headers: gen.Status200ResponseHeaders{Vary: &vary[0], XMongoDBServiceVersion: version[0]},
	}, nil
}
