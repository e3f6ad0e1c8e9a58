package interop

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
)

// Each exchange on the wire is a span of OpenTelemetry, below the one of the call, and none has a credential in it.
func TestCallsAreTraced(t *testing.T) {
	_, origin, _ := standInAt(t)
	spans := tracetest.NewSpanRecorder()
	provider := trace.NewTracerProvider(trace.WithSpanProcessor(spans))
	c, err := client.New(client.APIKey(publicKey, privateKey), client.BaseURL(origin), client.WrapTransport(func(next http.RoundTripper) http.RoundTripper {
		return otelhttp.NewTransport(next, otelhttp.WithTracerProvider(provider), otelhttp.WithPropagators(propagation.TraceContext{}))
	}))
	require.NoError(t, err)

	ctx, call := provider.Tracer("program").Start(t.Context(), "connect")
	_, err = c.Connect(ctx, org, migrationlink.NewLinkToken("the token that Atlas showed"))
	require.NoError(t, err)
	call.End()

	ended := spans.Ended()
	require.Len(t, ended, 3, "probe, request, call")
	for i, status := range []string{"401", "201"} {
		span := ended[i]
		assert.Equal(t, "HTTP POST", span.Name())
		assert.Equal(t, call.SpanContext().SpanID(), span.Parent().SpanID())
		attributes := map[string]string{}
		for _, a := range span.Attributes() {
			attributes[string(a.Key)] = a.Value.String()
		}
		assert.Equal(t, status, attributes["http.response.status_code"])
		assert.Equal(t, linkAt(origin), attributes["url.full"])
	}
	text := fmt.Sprintf("%+v", tracetest.SpanStubsFromReadOnlySpans(ended))
	for _, secret := range []string{privateKey, "the token that Atlas showed", publicKey, "Digest"} {
		assert.NotContains(t, text, secret)
	}
}
