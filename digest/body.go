package digest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
)

// maxBuffered is how much of a body without GetBody is kept so that it can be sent again, in bytes.
const maxBuffered = 1 << 20

// body gives out the body of a request, once for each time it is sent.
type body struct {
	open func() (io.ReadCloser, error) // nil: the request has no body
	once bool                          // it can be given out only once
}

// bodyOf leaves the request's own body unread unless it has no GetBody. Then up to 1 MiB is read ahead, and a longer body streams,
// once, with the request's own body behind what was read.
func bodyOf(req *http.Request) (body, error) {
	switch {
	case req.Body == nil || req.Body == http.NoBody:
		return body{}, nil
	case req.GetBody != nil:
		return body{open: req.GetBody}, nil
	case req.ContentLength > maxBuffered:
		return body{open: func() (io.ReadCloser, error) { return req.Body, nil }, once: true}, nil
	}
	head, err := readAhead(req.Context(), req.Body)
	if err != nil {
		return body{}, fmt.Errorf("digest: reading the request body: %w", err)
	}
	if len(head) <= maxBuffered {
		return body{open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(head)), nil }}, nil
	}
	rest := struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), req.Body), req.Body}
	return body{open: func() (io.ReadCloser, error) { return rest, nil }, once: true}, nil
}

// readAhead reads one byte more than may be kept. Closing the body is what frees a reader that waits, as net/http does it too.
func readAhead(ctx context.Context, from io.ReadCloser) ([]byte, error) {
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { _ = from.Close(); close(closed) })
	defer func() {
		if !stop() {
			<-closed // the body is not touched any more when RoundTrip goes on
		}
	}()
	head, err := io.ReadAll(io.LimitReader(from, maxBuffered+1))
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return head, err
}
