package server

import (
	"net/http"

	"github.com/migrationlink/migrationlink"
)

// response is what the stand-in answers, as far as it is written. It is kept whole, and sent when it has been judged.
type response struct {
	header http.Header
	status int // 0 until something is written
	body   []byte
	code   migrationlink.Code // errorCode of the body, for log and journal

	deliberate bool                      // a fault made it: it is not held to the contract
	raw        bool                      // a fault made its body: it is sent as it is, whatever form was asked for
	deliver    func(http.ResponseWriter) // sends it in the way of a fault; nil is the usual way
}

// begin sets the status, unless there is one: the first counts, as with every http.ResponseWriter.
func (r *response) begin(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *response) write(p []byte) (int, error) {
	r.begin(http.StatusOK)
	r.body = append(r.body, p...)
	return len(p), nil
}

// reset throws away what was written so far, and begins again.
func (r *response) reset(status int) {
	clear(r.header)
	r.status, r.code, r.body = status, "", nil
}

// writeHeader writes status and header. An empty length leaves Content-Length out.
func (r *response) writeHeader(w http.ResponseWriter, length string) {
	header := w.Header()
	header.Set("Server", product)
	for name, values := range r.header {
		header[name] = values
	}
	if length != "" {
		header.Set("Content-Length", length)
	}
	w.WriteHeader(r.status)
}
