package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/httpcheck"
	"github.com/migrationlink/migrationlink/checker/report"
	"github.com/migrationlink/migrationlink/internal/check"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/count"
	"github.com/migrationlink/migrationlink/internal/loopback"
	"github.com/migrationlink/migrationlink/internal/serving"
)

const proxyHelp = `Stand between any client and one server, and judge every exchange. The client is
given the address of the proxy, which is the first line on standard output, in
place of the server's. Requests and answers pass as they came, request target
included, so signing in by digest works; an answer to an exchange that breaks the
contract gets a line ` + httpcheck.ViolationHeader + ` for each rule.

With --enforce such an exchange is answered by the proxy: a request that breaks the
contract with 400, and it is not passed on; an answer that does with 502. A request
without credentials may be fetching its challenge, and is passed on unless method,
path or query is wrong.

What MongoDB leaves open is decided in the contract. A finding that rests on such a
decision is a note in the log and no more, unless --decisions makes it count. That a
link-token was sent before sign-in is an advice, and no violation.

There is a line on standard error for each exchange, and one for each finding. --report,
--junit and --html write reports at the end. No line and no report holds a value of an
exchange. It ends on SIGINT or SIGTERM.

Exit codes: 0 the contract was kept, 1 it was broken, or the proxy failed, 2 wrong
usage (nothing was sent).`

type proxyFlags struct {
	target, listen, addressFile   string
	reports                       check.ReportFiles
	enforce, decisions, allowHTTP bool
}

func newProxy(p console.Process) *cobra.Command {
	var flags proxyFlags
	cmd := &cobra.Command{
		Use:                   "proxy --target ORIGIN [--listen ADDR] [--address-file FILE] [--report FILE] [--junit FILE] [--html FILE] [--enforce] [--decisions] [--allow-http]",
		Short:                 "Judge what any client and any server say to each other",
		Long:                  proxyHelp,
		Example:               "  migrationlink proxy --target https://cloud.mongodb.com --listen 127.0.0.1:8080",
		Args:                  noArguments,
		DisableFlagsInUseLine: true,
		RunE:                  func(cmd *cobra.Command, _ []string) error { return proxy(cmd.Context(), p, flags) },
	}
	cmd.Flags().StringVar(&flags.target, "target", "", "the `ORIGIN` of the server: scheme, host and port")
	cmd.Flags().StringVar(&flags.listen, "listen", "127.0.0.1:0", "the `ADDR` HOST:PORT to listen on; port 0 is any free one")
	cmd.Flags().StringVar(&flags.addressFile, "address-file", "", "the `FILE` to write http://HOST:PORT to, whole, once it listens")
	flags.reports = check.NewReportFiles(cmd, map[string]string{"json": "report"})
	cmd.Flags().BoolVar(&flags.enforce, "enforce", false, "answer in the server's place where the contract is broken")
	cmd.Flags().BoolVar(&flags.decisions, "decisions", false, "a decision of ours counts, too")
	cmd.Flags().BoolVar(&flags.allowHTTP, "allow-http", false, "permit plain http to another machine: whoever listens\non the way gets the link-token, an API key of Atlas in it")
	return cmd
}

func proxy(ctx context.Context, p console.Process, flags proxyFlags) error {
	if flags.target == "" {
		return console.Usagef("proxy: no target: give --target ORIGIN, like https://cloud.mongodb.com")
	}
	watch := &watch{log: slog.New(slog.NewTextHandler(p.Stderr, nil)), decisions: flags.decisions, rules: make(map[string]struct{})}
	options := []httpcheck.ProxyOption{httpcheck.Excuse(watch.excused), httpcheck.Unheard(watch.unheard)}
	if flags.enforce {
		options = append(options, httpcheck.Enforce())
	}
	began := time.Now()
	judge, err := checker.New()
	if err != nil {
		return err
	}
	handler, err := httpcheck.NewProxy(judge, flags.target, watch.add, options...)
	if err != nil {
		return console.Usagef("--target: %w", err)
	}
	if strings.HasPrefix(strings.ToLower(flags.target), "http:") && !loopback.URL(flags.target) && !flags.allowHTTP {
		return console.Usagef("--target: plain http to another machine: whoever listens on the way gets the link-token, an API key of Atlas in it; " +
			"want https://, or --allow-http if it has to be")
	}
	addr, err := serving.ListenAddress(console.Setting{Value: flags.listen, Name: "--listen"}, true)
	if err != nil {
		return &console.UsageError{Err: err}
	}
	if watch.run, err = report.NewRun(judge, report.Options{Decisions: flags.decisions, Started: began}); err != nil {
		return err
	}
	write := func() error { return flags.reports.Write(watch.run.Report(time.Since(began))) }
	listener, err := net.ListenTCP("tcp", addr)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	if leadsTo(flags.target, listener.Addr().(*net.TCPAddr)) {
		return console.Usagef("--target: this is where the proxy itself listens: want the origin of the server")
	}
	if err := write(); err != nil { // and not only at the end, with everything seen
		return err
	}
	at := serving.Origin("http", listener.Addr())
	if flags.addressFile != "" {
		if err := serving.WriteAddress(flags.addressFile, at); err != nil {
			return fmt.Errorf("--address-file: %w", err)
		}
		defer serving.RemoveAddress(flags.addressFile, at)
	}
	if !addr.IP.IsLoopback() {
		fmt.Fprintln(p.Stderr, "warning: others can reach this address, and plain http keeps nothing secret: whoever listens on the way gets the link-token")
	}
	fmt.Fprintf(p.Stdout, "listening on %s\n", at)
	server := serving.Limited(handler, watch.log)
	server.WriteTimeout = 2 * time.Minute      // the target takes as long as it takes; our client waits a minute
	server.DisableGeneralOptionsHandler = true // OPTIONS * is the target's to answer
	err = serving.ServeUntil(ctx, listener, server)
	if err := errors.Join(watch.verdict(p), write(), err); err != nil {
		return console.FailedError{Err: err}
	}
	return nil
}

// leadsTo reports whether a target is the listener itself: each request would come back as another, until no file can be opened.
func leadsTo(target string, listener *net.TCPAddr) bool {
	u, err := url.Parse(target)
	if err != nil {
		return false
	}
	port, err := net.LookupPort("tcp", cmp.Or(u.Port(), u.Scheme))
	if err != nil || port != listener.Port {
		return false
	}
	to, err := net.ResolveIPAddr("ip", u.Hostname())
	here := func(ip net.IP) bool { return ip.IsLoopback() || ip.IsUnspecified() }
	return err == nil && (to.IP.Equal(listener.IP) || here(to.IP) && here(listener.IP) && (to.IP.IsUnspecified() || listener.IP.IsUnspecified()))
}

// watch tells of each exchange that goes through the proxy, as it ends.
type watch struct {
	log       *slog.Logger
	decisions bool
	run       *report.Run

	mu        sync.Mutex
	exchanges int
	rules     map[string]struct{} // that were broken
}

// excused are findings on a decision of ours, unless those count.
func (w *watch) excused(f checker.Finding) bool { return f.Decision != "" && !w.decisions }

func (w *watch) add(e checker.Exchange, v checker.Verdict) {
	w.run.Add(e, v)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.exchanges++
	number := slog.Int("exchange", w.exchanges)
	outcome := slog.Int("status", e.Status)
	if e.Status == 0 {
		outcome = slog.Bool("refused", true)
	}
	w.log.Info(cmp.Or(v.Operation, "no operation"), number, outcome)
	for _, f := range v.Findings {
		if w.excused(f) {
			w.log.Info("note", number, slog.String("finding", f.String()))
			continue
		}
		w.log.Error("violation", number, slog.String("finding", f.String()))
		w.rules[f.Operation+" "+f.Rule] = struct{}{}
	}
	for _, f := range v.Advice {
		w.log.Warn("advice", number, slog.String("finding", f.String()))
	}
}

// unheard tells of a request that the target did not answer.
func (w *watch) unheard(why string) { w.log.Warn("the target did not answer", slog.String("why", why)) }

func (w *watch) verdict(p console.Process) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.rules) > 0 {
		return fmt.Errorf("%s broken in %s", count.Of(len(w.rules), "rule"), count.Of(w.exchanges, "exchange"))
	}
	_, err := fmt.Fprintf(p.Stdout, "contract kept in %s\n", count.Of(w.exchanges, "exchange"))
	return err
}
