package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"

	"github.com/spf13/cobra"

	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/count"
	"github.com/migrationlink/migrationlink/internal/serving"
	"github.com/migrationlink/migrationlink/internal/settings"
	"github.com/migrationlink/migrationlink/internal/standinfile"
	"github.com/migrationlink/migrationlink/server"
	"github.com/migrationlink/migrationlink/server/links/boltlinks"
)

const serveHelp = `Serve a stand-in of the API, strict and with a memory, to test against. It is no
production service, and forgets everything when it ends, unless --data says
where to keep it.
The first line on standard output tells its address, with --admin the second that
of the admin interface, where its journal, links, faults and clock are. It ends on SIGINT or
SIGTERM, finishes what was begun, and removes the files that it wrote for clients:
--address-file and the CA of --tls-self-signed.

Without --config it serves one example organization with credentials that
anybody can read here, so it listens on this machine alone. With it, it serves
what the file says, wherever it is told to:

  organizations:
    - id: 5f7aac56b3a0b94bcdce6d8a
  apiKeys:
    - publicKey: ownerkey
      privateKey: 11111111-2222-3333-4444-555555555555
      roles: {5f7aac56b3a0b94bcdce6d8a: [ORG_OWNER]}
      accessList: [127.0.0.0/8, "::1/128"]     # left out: any address

With a private key that is public, like this one, it listens on this machine
alone, file or not. --print-config writes all that there is to say in a file, to
begin with; --check-config says what is wrong with one. A flag counts more than
the file.

With --data links outlive the stand-in, in a file that it makes if there is none
and that one process has open at a time. In it are, of each link, the id of the
organization, when it was connected, and the fingerprint (SHA-256) of the
link-token, never a token. Links of organizations that --config no longer has
stay in it as they are.
` + console.ExitCodesHelp

type serveFlags struct {
	listen, config, data, addressFile string
	tlsCert, tlsKey, tlsSelfSigned    string
	admin, adminTokenFile             string
	printConfig, checkConfig          bool
}

func newServe(p console.Process) *cobra.Command {
	var flags serveFlags
	cmd := &cobra.Command{
		Use: "serve [--listen ADDR] [--config FILE] [--data FILE] [--address-file FILE]\n" +
			"      [--tls-cert FILE --tls-key FILE | --tls-self-signed FILE] [--admin ADDR [--admin-token-file FILE]]\n" +
			"  migrationlink serve [--config FILE] --print-config | --check-config",
		Short:                 "Serve a stand-in of the API to test against",
		Long:                  serveHelp,
		Args:                  noArguments,
		DisableFlagsInUseLine: true,
		RunE:                  func(cmd *cobra.Command, _ []string) error { return serve(cmd.Context(), p, flags) },
	}
	f := cmd.Flags()
	f.StringVar(&flags.listen, "listen", "", "the `ADDR` HOST:PORT to listen on; port 0 is any free one (default "+standinfile.DefaultListen+")")
	f.StringVar(&flags.config, "config", "", "the YAML `FILE` that says what is served: docs/operating.md")
	f.StringVar(&flags.data, "data", "", "the `FILE` to keep links in; left out, they are kept in memory")
	f.StringVar(&flags.addressFile, "address-file", "", "the `FILE` to write the address to, whole, once it listens")
	f.StringVar(&flags.tlsCert, "tls-cert", "", "the `FILE` with the certificate to speak TLS with, in PEM")
	f.StringVar(&flags.tlsKey, "tls-key", "", "the `FILE` with its private key, in PEM")
	f.StringVar(&flags.tlsSelfSigned, "tls-self-signed", "", "speak TLS with a certificate made for this run, and write the\n`FILE` with the CA that clients have to trust, in PEM")
	f.StringVar(&flags.admin, "admin", "", "open the admin interface on `ADDR` HOST:PORT: docs/admin.md")
	f.StringVar(&flags.adminTokenFile, "admin-token-file", "", "the `FILE` with the token that the admin interface then asks for")
	f.BoolVar(&flags.printConfig, "print-config", false, "write the configuration as it would count, and serve nothing")
	f.BoolVar(&flags.checkConfig, "check-config", false, "say whether the configuration is right, and serve nothing")
	return cmd
}

func serve(ctx context.Context, p console.Process, flags serveFlags) (failed error) {
	if flags.printConfig && flags.checkConfig {
		return console.Usagef("serve: --print-config and --check-config: want one of them")
	}
	s, err := flags.settings()
	if err != nil {
		return &console.UsageError{Err: err}
	}
	if flags.printConfig {
		return standinfile.Print(p.Stdout, s)
	}
	reached, err := serving.NewEndpoint(s, p.Time())
	if err != nil {
		return &console.UsageError{Err: err}
	}
	way, err := serving.NewAdministration(s.Admin, p.Stderr)
	if err != nil {
		return &console.UsageError{Err: err}
	}
	s.Logger = slog.New(slog.NewTextHandler(p.Stderr, nil))
	if flags.checkConfig {
		return checkConfig(p, s, reached)
	}
	if flags.data != "" {
		kept, err := boltlinks.Open(flags.data)
		if err != nil {
			return &console.UsageError{Err: fmt.Errorf("--data: %w", err)}
		}
		defer func() { failed = errors.Join(failed, kept.Close()) }()
		s.Links = kept
	}
	way.Prepare(&s.Config)
	standIn, err := server.New(s.Config)
	if err != nil {
		return &console.UsageError{Err: err}
	}
	listener, err := net.ListenTCP("tcp", reached.Addr)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()

	ready := new(serving.Readiness)
	adminLine, stop, err := way.Open(p, standIn, ready, s.Logger)
	if err != nil {
		return err
	}
	defer func() { failed = errors.Join(failed, stop()) }()

	limited := serving.Limited(standIn, s.Logger)
	limited.TLSConfig = reached.Identity.Config()
	at := serving.Origin(reached.Scheme(), listener.Addr())
	ready.Rise()
	withdraw, err := announce(at, flags.addressFile, s.TLS.SelfSigned, reached.Identity)
	defer withdraw()
	if err != nil {
		return err
	}
	for _, warning := range reached.Warnings() {
		fmt.Fprintln(p.Stderr, "warning: "+warning)
	}
	fmt.Fprintf(p.Stdout, "listening on %s%s\n%s", at, settings.BasePath, adminLine)
	fmt.Fprintln(p.Stderr, serving.Greeting(s, at))
	return ready.ServeUntil(ctx, listener, limited)
}

// announce writes the files by which clients find and trust the stand-in, the address last: whoever has it finds the CA. What it returns
// removes them again.
func announce(at, addressFile string, ca console.Setting, id *standinfile.Identity) (withdraw func(), err error) {
	var undo []func()
	withdraw = func() {
		for _, f := range undo {
			f()
		}
	}
	if id != nil && id.CA != nil {
		if err := console.WriteWhole(ca.Value, id.CA); err != nil {
			return withdraw, fmt.Errorf("%s: %w", ca.Name, err)
		}
		undo = append(undo, func() { standinfile.RemoveCA(ca.Value, id.CA) })
	}
	if addressFile != "" {
		if err := serving.WriteAddress(addressFile, at); err != nil {
			return withdraw, fmt.Errorf("--address-file: %w", err)
		}
		undo = append(undo, func() { serving.RemoveAddress(addressFile, at) })
	}
	return withdraw, nil
}

// settings are gathered from file and flags. The error says everything that is wrong with the file.
func (flags serveFlags) settings() (standinfile.Settings, error) {
	s := standinfile.ExampleSettings()
	if flags.config != "" {
		var err error
		if s, err = standinfile.Read(flags.config); err != nil {
			return standinfile.Settings{}, err
		}
	}
	if flags.listen != "" {
		s.Listen = console.Setting{Value: flags.listen, Name: "--listen"}
	}
	if flags.admin != "" {
		s.Admin.Listen = console.Setting{Value: flags.admin, Name: "--admin"}
	}
	if flags.adminTokenFile != "" {
		s.Admin.TokenFile = console.Setting{Value: flags.adminTokenFile, Name: "--admin-token-file"}
	}
	given := standinfile.CertificateFiles{
		Cert:       console.Setting{Value: flags.tlsCert, Name: "--tls-cert"},
		Key:        console.Setting{Value: flags.tlsKey, Name: "--tls-key"},
		SelfSigned: console.Setting{Value: flags.tlsSelfSigned, Name: "--tls-self-signed"},
	}
	if given.Wanted() {
		s.TLS = given
	}
	return s, nil
}

// checkConfig says that the configuration is right, and what is in it.
func checkConfig(p console.Process, s standinfile.Settings, at serving.Endpoint) error {
	if _, err := server.New(s.Config); err != nil {
		return &console.UsageError{Err: fmt.Errorf("%s: %w", cmp.Or(s.File, "the example"), err)}
	}
	counts := []string{count.Of(len(s.Organizations), "organization")}
	for _, c := range []struct {
		n    int
		what string
	}{
		{len(s.APIKeys), "API key"}, {len(s.ServiceAccounts), "service account"}, {len(s.BearerTokens), "bearer token"}, {len(s.Faults), "fault"},
	} {
		if c.n > 0 {
			counts = append(counts, count.Of(c.n, c.what))
		}
	}
	for _, warning := range at.Warnings() {
		fmt.Fprintln(p.Stderr, "warning: "+warning)
	}
	fmt.Fprintf(p.Stdout, "%s: ok: %s\n", cmp.Or(s.File, "the example"), strings.Join(counts, ", "))
	return nil
}
