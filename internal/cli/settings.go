package cli

import (
	"errors"
	"net"
	"slices"
	"time"

	"github.com/migrationlink/migrationlink/server"
)

// settings are what serve serves, and where: what the file says, or else the example, and over it what the flags say.
type settings struct {
	server.Config
	file   string // empty: the example
	listen setting
	admin  adminSettings
	tls    certificates
}

// adminSettings are where the admin interface listens, if it does, and which file holds the token that it asks for.
type adminSettings struct{ listen, tokenFile setting }

// settings are gathered from file and flags. The error says everything that is wrong with the file.
func (flags serveFlags) settings() (settings, error) {
	s := exampleSettings()
	if flags.config != "" {
		var err error
		if s, err = readConfig(flags.config); err != nil {
			return settings{}, err
		}
	}
	if flags.listen != "" {
		s.listen = setting{flags.listen, "--listen"}
	}
	if flags.admin != "" {
		s.admin.listen = setting{flags.admin, "--admin"}
	}
	if flags.adminTokenFile != "" {
		s.admin.tokenFile = setting{flags.adminTokenFile, "--admin-token-file"}
	}
	given := certificates{
		cert:       setting{flags.tlsCert, "--tls-cert"},
		key:        setting{flags.tlsKey, "--tls-key"},
		selfSigned: setting{flags.tlsSelfSigned, "--tls-self-signed"},
	}
	if given.wanted() {
		s.tls = given
	}
	return s, nil
}

// defaultListen is any free port of this machine.
const defaultListen = "127.0.0.1:0"

func exampleSettings() settings {
	return settings{Config: exampleConfig(), listen: setting{defaultListen, "--listen"}}
}

// public reports whether anybody can sign in with what the help and the documentation show.
func (s settings) public() bool {
	return slices.ContainsFunc(s.APIKeys, func(k server.APIKey) bool { return k.PrivateKey == examplePrivateKey }) ||
		slices.ContainsFunc(s.ServiceAccounts, func(a server.ServiceAccount) bool { return a.Secret == exampleClientSecret }) ||
		slices.ContainsFunc(s.BearerTokens, func(b server.BearerToken) bool { return b.Token == exampleBearerToken })
}

// place is where a stand-in listens, and how it shows who it is.
type place struct {
	addr     *net.TCPAddr
	identity *identity // nil: plain http
}

func (s settings) place(now time.Time) (place, error) {
	addr, wrong := listenAddress(s.listen, !s.public())
	if wrong != nil {
		addr = new(net.TCPAddr) // to find out what is wrong with the certificate, too
	}
	host, _, _ := net.SplitHostPort(s.listen.value)
	id, err := s.tls.identity(addr, host, now)
	return place{addr, id}, errors.Join(wrong, err)
}

// warnings are what whoever starts the stand-in should know.
func (p place) warnings() []string {
	var all []string
	switch {
	case p.addr.IP.IsLoopback():
	case p.identity == nil:
		all = append(all, "others can reach this address, and plain http keeps nothing secret: use no real key or link-token here")
	default:
		all = append(all, "others can reach this address: use no real key or link-token here")
	}
	if p.identity != nil && p.identity.warning != "" {
		all = append(all, p.identity.warning)
	}
	return all
}

func (p place) scheme() string {
	if p.identity == nil {
		return "http"
	}
	return "https"
}
