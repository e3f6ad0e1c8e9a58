package checker

import (
	"fmt"
	"log/slog"
)

// Format writes the method, the status and the lengths of both bodies, whatever the verb: an exchange holds credentials, so
// that a Report func which prints it must not show them. It writes no target, which may hold one too.
func (e Exchange) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "%s with %d bytes: %d with %d bytes", e.Method, len(e.RequestBody), e.Status, len(e.ResponseBody))
}

// LogValue is what log/slog writes of an exchange: what [Exchange.Format] writes, in attributes.
func (e Exchange) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("method", e.Method), slog.Int("status", e.Status),
		slog.Int("requestBytes", len(e.RequestBody)), slog.Int("responseBytes", len(e.ResponseBody)),
	)
}
