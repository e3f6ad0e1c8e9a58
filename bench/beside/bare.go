package beside

import "net/http"

// What the bare handler answers is what the stand-in answers, byte for byte. It is made once: an exchange allocates nothing here.
var (
	synced  = []byte(`{"status":"SYNCED"}`)
	length  = []string{"19"}
	json    = []string{"application/json"}
	vary    = []string{"Accept-Encoding"}
	product = []string{"migrationlink-stand-in (not for production)"}
	version = []string{"gitHash=none; versionString=migrationlink-stand-in"}
)

// bare answers every request at once. It reads no content: net/http takes it off the connection.
func bare(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header["Content-Length"] = length
	header["Content-Type"] = json
	header["Server"] = product
	header["Vary"] = vary
	header["X-Mongodb-Service-Version"] = version
	if r.Method == http.MethodPost {
		w.WriteHeader(http.StatusCreated)
	}
	_, _ = w.Write(synced)
}
