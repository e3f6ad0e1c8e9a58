package server_test
import ("testing";"net/http";"strings";"fmt";"log/slog";"bytes";"io"
"github.com/migrationlink/migrationlink/server")
func TestScratch(t *testing.T) {
	var buf bytes.Buffer
	s := newServer(t, func(c *server.Config){c.Logger=slog.New(slog.NewTextHandler(&buf,nil))})
	big := strings.Repeat("x", 1<<20+1)
	do := func(name string, r *http.Request) {
		buf.Reset()
		a := ask(t, s, r)
		fmt.Printf("%-55s %d %s\n", name, a.status, strings.TrimSpace(a.body))
		if a.status==500 { fmt.Print("    ", buf.String()) }
	}
	do("GET status CL big", request("GET", statusPath(org), big))
	do("DELETE CL big", request("DELETE", linkPath(org), big))
	do("PUT CL big", request("PUT", linkPath(org), big))
	do("OPTIONS CL big", request("OPTIONS", linkPath(org), big))
	do("POST CL big", request("POST", linkPath(org), big))
	do("POST atlas CL big", request("POST", strings.Replace(linkPath(org),"public","atlas",1), big))
	do("unknown CL big", request("POST", "/x", big))
	do("HEAD on link", request("HEAD", linkPath(org), ""))
	do("HEAD on link atlas", request("HEAD", strings.Replace(linkPath(org),"public","atlas",1), ""))
	for _, id := range []string{"%2F", ".", "..", "%2e"} {
		for _, m := range []string{"GET","PUT","OPTIONS","HEAD","POST","DELETE"} {
		    do(m+" status "+id, request(m, statusPath(id)+"?envelope=true",""))
		}
	}
	r := sign(t, s, request("GET", statusPath(org), ""))
	r.Body = io.NopCloser(&failing{}); r.ContentLength=-1
	do("GET unreadable", r)
	r = sign(t, s, request("DELETE", linkPath(org), ""))
	r.Body = io.NopCloser(&failing{}); r.ContentLength=-1
	do("DELETE unreadable", r)
	r = sign(t, s, request("POST", linkPath(org), "x"))
	r.Body = io.NopCloser(&failing{}); r.ContentLength=-1
	do("POST unreadable", r)
	do("* OPTIONS", func() *http.Request { r := request("OPTIONS","/x",""); r.RequestURI="*"; r.URL.Path="*"; return r}())
	do("POST", sign(t, s, request("POST", linkPath(org)+"?pretty=true&envelope=true", linkRequest(token))))
	for _, q := range []string{"?envelope=true&envelope=false","?envelope=false&envelope=true","?envelope=true;x","?envelope=TRUE","?envelope=true&%zz","?Envelope=true","?envelope[]=true","?envelope=%74rue","?%65nvelope=true","?envelope=true%00","?envelope=+true","?envelope","?&&","?","?envelope=true#x","?pretty=true&pretty=true"} {
		do("status"+q, sign(t, s, request("GET", statusPath(org)+q, "")))
	}
	do("TRACE", request("TRACE", linkPath(org), ""))
	do("get", request("get", statusPath(org), ""))
	do("PUT envelope pretty", request("PUT", statusPath(org)+"?envelope=true&pretty=true", ""))
	do("405 w body HEAD", request("PUT", statusPath(org)+"?bogus=true", "xx"))
	do("401", request("GET", statusPath(org)+"?envelope=true", ""))
	do("pathologic", request("GET", "/api/public/v1.0/orgs/"+strings.Repeat("a",100000)+"/liveExport/migrationLink/status", ""))
}
type failing struct{}
func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
