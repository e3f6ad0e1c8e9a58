package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/gen"
	"github.com/migrationlink/migrationlink/internal/mongocli"
	"github.com/migrationlink/migrationlink/internal/readfile"
)

// The environment has mongocli's names, so that what is set up for one serves the other.
const (
	envPublicKey  = "MCLI_PUBLIC_API_KEY"
	envPrivateKey = "MCLI_PRIVATE_API_KEY"
	envOrg        = "MCLI_ORG_ID"
	envURL        = "MCLI_OPS_MANAGER_URL"
)

const callHelp = `
The API key comes from ` + envPublicKey + ` and ` + envPrivateKey + `,
else from a profile of mongocli; it needs the role Organization Owner. So does a
service account, from ` + envClientID + ` and
` + envClientSecret + `. A variable that is empty is as one not set.
migrationlink config shows which setting comes from where.

With -o json the result is an object {"status": …, "orgId": …}, its status null
where the answer did not tell it.
` + callExitCodes

// callFlags are the flags that connect, status and disconnect have in common.
type callFlags struct {
	org, url, profile, caFile string

	allowHTTP bool
	output    output
	timeout   duration
	attempts  int
	debug     bool

	// wrap is put around the transport of clients, below --debug; nil is nothing.
	wrap func(http.RoundTripper) http.RoundTripper
	// checking is set by check alone, which reads no file of mongocli's, and signs in by API key and service account, one after the other.
	checking bool
}

func (f *callFlags) add(cmd *cobra.Command) {
	f.addOnce(cmd)
	cmd.Flags().IntVar(&f.attempts, "attempts", 4, "how often a call is attempted, where that does no harm")
}

// addOnce adds the flags for a command that attempts its call once.
func (f *callFlags) addOnce(cmd *cobra.Command) {
	f.attempts = 1
	cmd.Flags().StringVar(&f.org, "org", "", "the organization's `ID` (also --orgId)\n(default $"+envOrg+", the profile)")
	cmd.Flags().StringVarP(&f.profile, "profile", "P", "", "a profile of mongocli, by its `NAME`\n(default $"+mongocli.EnvProfile+", then the only one, then default)")
	cmd.Flags().StringVar(&f.url, "url", "", "the `ADDR` of Ops Manager\n(default $"+envURL+", the profile, Cloud Manager)")
	cmd.Flags().StringVar(&f.caFile, "ca-file", "", "trust the authorities in `FILE` (PEM) as well\n(default $"+mongocli.Env(mongocli.OpsManagerCACertificate)+", the profile)")
	cmd.Flags().BoolVar(&f.allowHTTP, "allow-http", false, "permit plain http to another machine: whoever listens\n"+
		"on the way gets the link-token, an API key of Atlas in it")
	cmd.Flags().Var(&f.timeout, "timeout", "how long the whole of it may take, like 90s or 20m\n(default: without end)")
	cmd.Flags().BoolVarP(&f.debug, "debug", "D", false, "show each exchange on standard error, without credentials")
	cmd.Flags().VarP(&f.output, "output", "o", "text or json")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]cobra.Completion{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	alias(cmd, "orgId", "org")
}

// alias gives a flag a second name, the one that mongocli has for it. It is not listed.
func alias(cmd *cobra.Command, name, of string) {
	flag := *cmd.Flags().Lookup(of)
	flag.Name, flag.Hidden = name, true
	cmd.Flags().AddFlag(&flag)
}

// call is an organization, where it is, and a client that signs in there.
type call struct {
	org      migrationlink.OrgID
	url      string
	settings callSettings
	flags    callFlags
	client   *client.Client
	debug    *debug // nil without --debug
}

// newCall finds the settings of the profile that is asked for, and says everything that is wrong at once.
func newCall(p Process, f callFlags) (call, error) {
	s, err := newSources(p, f)
	if err != nil {
		return call{}, err
	}
	profile, err := s.profile()
	if err != nil {
		return call{}, err
	}
	c, err := s.call(profile, setting{})
	if c.settings.notHonoured() {
		fmt.Fprintln(p.Stderr, c.settings.skip.name+" is not honoured: certificates are always verified")
	}
	return c, err
}

// call makes a call of the settings of a profile, for an organization, or, if that is empty, for the one that they name. Calls of one profile share
// a client. The error has everything that is wrong with the settings.
func (s *sources) call(profile, org setting) (call, error) {
	set, setErr := s.settings(profile, org)
	id, orgErr := set.orgID()
	var signInErr error
	set.signIn, signInErr = s.credentials(profile.value)
	c := call{org: id, url: set.url.value, settings: set, flags: s.flags}
	_ = c.flags.output.Set(set.format.value) // it was checked
	if err := errors.Join(orgErr, signInErr, setErr, s.signIn(&c)); err != nil {
		return call{}, &usageError{err}
	}
	return c, nil
}

// signIn gives a call its client.
func (s *sources) signIn(c *call) error {
	if made, ok := s.clients[c.settings.profile.value]; ok {
		c.client, c.debug = made.client, made.debug
		return nil
	}
	set := c.settings
	options := []client.Option{set.signIn.option(), client.BaseURL(c.url), client.Attempts(s.flags.attempts)}
	var wrong []error
	if set.ca.value != "" {
		pem, err := readfile.Small(set.ca.value)
		if err != nil { // the name is not repeated: it may be something else, given in the wrong place
			wrong = append(wrong, fmt.Errorf("%s: %w; want the name of a file in PEM", set.ca.name, readfile.WithoutPath(err)))
		} else {
			options = append(options, client.RootCAs(pem))
		}
	}
	if s.flags.allowHTTP {
		options = append(options, client.AllowHTTP())
	}
	if s.flags.debug {
		c.debug = &debug{w: s.p.Stderr}
		c.debug.hideValues(set.signIn.secret.value)
	}
	options = append(options, client.WrapTransport(c.wrap))
	made, err := client.New(options...)
	if err != nil {
		for _, one := range apart(err) {
			wrong = append(wrong, set.named(one))
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return err
	}
	c.client = made
	if set.signIn.whole() {
		s.clients[set.profile.value] = *c
	}
	return nil
}

// wrap lets whoever wants to see each exchange see it.
func (c *call) wrap(base http.RoundTripper) http.RoundTripper {
	proxy := proxyOf(base)
	if c.flags.wrap != nil {
		base = c.flags.wrap(base)
	}
	base = observed{base, proxy}
	if c.debug != nil {
		base = c.debug.wrap(base)
	}
	return base
}

func (c callSettings) orgID() (migrationlink.OrgID, error) {
	if c.org.value == "" {
		return "", errors.New("no organization: give --org ID or set " + envOrg)
	}
	id, err := migrationlink.ParseOrgID(c.org.value)
	if err != nil {
		return "", fmt.Errorf("%s: %w", c.org.name, err)
	}
	return id, nil
}

// named names what a person set where client names its option.
func (c callSettings) named(err error) error {
	var option *client.OptionError
	if !errors.As(err, &option) {
		return err
	}
	names := map[string]string{
		"BaseURL": c.url.name, "RootCAs": c.ca.name, "Attempts": "--attempts",
		"APIKey": c.signIn.name.name + ", " + c.signIn.secret.name, "ServiceAccount": c.signIn.name.name + ", " + c.signIn.secret.name,
	}
	see := map[string]string{
		"APIKey": "the key comes from " + envPublicKey + " and " + envPrivateKey, "AllowHTTP": "--allow-http if it has to be",
	}
	name, known := names[option.Option]
	if !known {
		return err
	}
	return &settingError{name, errors.New(option.Say(see[option.See]))}
}

// command is a command line for the same organization at the same server, to be pasted.
func (c call) command(name string, more ...string) string {
	line := "migrationlink " + name + " --org " + c.org.String()
	if c.flags.profile != "" {
		line += " -P " + word(c.settings.profile.value)
	}
	if c.flags.url != "" {
		line += " --url " + word(c.flags.url)
	}
	if c.flags.caFile != "" {
		line += " --ca-file " + word(c.flags.caFile)
	}
	if c.flags.allowHTTP {
		line += " --allow-http"
	}
	return strings.Join(append([]string{line}, more...), " ")
}

// place is where the organization is, in a sentence.
func (c call) place() string {
	if c.settings.profile.value == "" {
		return c.url
	}
	return "profile " + c.settings.profile.value + ", " + c.url
}

// bound ends what --timeout says.
func (c call) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.flags.timeout == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, time.Duration(c.flags.timeout), timedOut(c.flags.timeout))
}

// timedOut is the end of --timeout.
type timedOut duration

func (t timedOut) Error() string {
	return "not done within " + time.Duration(t).String() + " (--timeout)"
}

func (timedOut) Is(target error) bool { return target == context.DeadlineExceeded }

// basePath is where the API begins, as the contract's server has it: /api/public/v1.0.
var basePath = func() string {
	u, err := url.Parse(gen.ServerUrlCloudManager)
	if err != nil {
		panic(err) // a constant
	}
	return u.Path
}()
