// Package settings finds what a call is made of: flags, environment and the profiles of mongocli, in this order.
package settings

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
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/mongocli"
	"github.com/migrationlink/migrationlink/internal/readfile"
	"github.com/migrationlink/migrationlink/internal/wiretap"
)

// The environment has mongocli's names, so that what is set up for one serves the other.
const (
	EnvPublicKey  = "MCLI_PUBLIC_API_KEY"
	EnvPrivateKey = "MCLI_PRIVATE_API_KEY"
	EnvOrg        = "MCLI_ORG_ID"
	EnvURL        = "MCLI_OPS_MANAGER_URL"
)

// Help tells in --help where the settings of a call come from.
const Help = `
The API key comes from ` + EnvPublicKey + ` and ` + EnvPrivateKey + `,
else from a profile of mongocli; it needs the role Organization Owner. So does a
service account, from ` + EnvClientID + ` and
` + EnvClientSecret + `. A variable that is empty is as one not set.
migrationlink config shows which setting comes from where.

With -o json the result is an object {"status": …, "orgId": …}, its status null
where the answer did not tell it.
` + console.CallExitCodesHelp

// Flags are the flags that connect, status and disconnect have in common.
type Flags struct {
	Org, URL, profile, CAFile string

	AllowHTTP bool
	Output    console.Format
	Timeout   console.Duration
	Attempts  int
	Debug     bool

	// Wrap is put around the transport of clients, below --debug; nil is nothing.
	Wrap func(http.RoundTripper) http.RoundTripper
	// Checking is set by check alone, which reads no file of mongocli's, and signs in by API key and service account, one after the other.
	Checking bool
}

// Add adds the flags for a command that may attempt its call again.
func (f *Flags) Add(cmd *cobra.Command) {
	f.AddOnce(cmd)
	cmd.Flags().IntVar(&f.Attempts, "attempts", 4, "how often a call is attempted, where that does no harm")
}

// AddOnce adds the flags for a command that attempts its call once.
func (f *Flags) AddOnce(cmd *cobra.Command) {
	f.Attempts = 1
	cmd.Flags().StringVar(&f.Org, "org", "", "the organization's `ID` (also --orgId)\n(default $"+EnvOrg+", the profile)")
	cmd.Flags().StringVarP(&f.profile, "profile", "P", "", "a profile of mongocli, by its `NAME`\n(default $"+mongocli.EnvProfile+", then the only one, then default)")
	cmd.Flags().StringVar(&f.URL, "url", "", "the `ADDR` of Ops Manager\n(default $"+EnvURL+", the profile, Cloud Manager)")
	cmd.Flags().StringVar(&f.CAFile, "ca-file", "", "trust the authorities in `FILE` (PEM) as well\n(default $"+mongocli.Env(mongocli.OpsManagerCACertificate)+", the profile)")
	cmd.Flags().BoolVar(&f.AllowHTTP, "allow-http", false, "permit plain http to another machine: whoever listens\n"+
		"on the way gets the link-token, an API key of Atlas in it")
	cmd.Flags().Var(&f.Timeout, "timeout", "how long the whole of it may take, like 90s or 20m\n(default: without end)")
	cmd.Flags().BoolVarP(&f.Debug, "debug", "D", false, "show each exchange on standard error, without credentials")
	cmd.Flags().VarP(&f.Output, "output", "o", "text or json")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]cobra.Completion{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	Alias(cmd, "orgId", "org")
}

// Alias gives a flag a second name, the one that mongocli has for it. It is not listed.
func Alias(cmd *cobra.Command, name, of string) {
	flag := *cmd.Flags().Lookup(of)
	flag.Name, flag.Hidden = name, true
	cmd.Flags().AddFlag(&flag)
}

// Call is an organization, where it is, and a client that signs in there.
type Call struct {
	Org      migrationlink.OrgID
	URL      string
	Settings callSettings
	Flags    Flags
	Client   *client.Client
	Debug    *wiretap.Debug // nil without --debug
}

// NewCall finds the settings of the profile that is asked for, and says everything that is wrong at once.
func NewCall(p console.Process, f Flags) (Call, error) {
	s, err := NewSources(p, f)
	if err != nil {
		return Call{}, err
	}
	profile, err := s.Profile()
	if err != nil {
		return Call{}, err
	}
	c, err := s.Call(profile, console.Setting{})
	if c.Settings.NotHonoured() {
		fmt.Fprintln(p.Stderr, c.Settings.Skip.Name+" is not honoured: certificates are always verified")
	}
	return c, err
}

// Call makes a call of the settings of a profile, for an organization, or, if that is empty, for the one that they name. Calls of one profile share
// a client. The error has everything that is wrong with the settings.
func (s *Sources) Call(profile, org console.Setting) (Call, error) {
	set, setErr := s.settings(profile, org)
	id, orgErr := set.orgID()
	var signInErr error
	set.SignIn, signInErr = s.credentials(profile.Value)
	c := Call{Org: id, URL: set.Url.Value, Settings: set, Flags: s.flags}
	_ = c.Flags.Output.Set(set.format.Value) // it was checked
	if err := errors.Join(orgErr, signInErr, setErr, s.signIn(&c)); err != nil {
		return Call{}, &console.UsageError{Err: err}
	}
	return c, nil
}

// signIn gives a call its client.
func (s *Sources) signIn(c *Call) error {
	if made, ok := s.clients[c.Settings.Profile.Value]; ok {
		c.Client, c.Debug = made.Client, made.Debug
		return nil
	}
	set := c.Settings
	options := []client.Option{set.SignIn.option(), client.BaseURL(c.URL), client.Attempts(s.flags.Attempts)}
	var wrong []error
	if set.CA.Value != "" {
		pem, err := readfile.Small(set.CA.Value)
		if err != nil { // the name is not repeated: it may be something else, given in the wrong place
			wrong = append(wrong, fmt.Errorf("%s: %w; want the name of a file in PEM", set.CA.Name, readfile.WithoutPath(err)))
		} else {
			options = append(options, client.RootCAs(pem))
		}
	}
	if s.flags.AllowHTTP {
		options = append(options, client.AllowHTTP())
	}
	if s.flags.Debug {
		c.Debug = &wiretap.Debug{Out: s.p.Stderr}
		c.Debug.HideValues(set.SignIn.Secret.Value)
	}
	options = append(options, client.WrapTransport(c.wrap))
	made, err := client.New(options...)
	if err != nil {
		for _, one := range console.Apart(err) {
			wrong = append(wrong, set.named(one))
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return err
	}
	c.Client = made
	if set.SignIn.whole() {
		s.clients[set.Profile.Value] = *c
	}
	return nil
}

// wrap lets whoever wants to see each exchange see it.
func (c *Call) wrap(base http.RoundTripper) http.RoundTripper {
	proxy := wiretap.ProxyOf(base)
	if c.Flags.Wrap != nil {
		base = c.Flags.Wrap(base)
	}
	base = wiretap.Observed{Base: base, Proxy: proxy}
	if c.Debug != nil {
		base = c.Debug.Wrap(base)
	}
	return base
}

func (c callSettings) orgID() (migrationlink.OrgID, error) {
	if c.Org.Value == "" {
		return "", errors.New("no organization: give --org ID or set " + EnvOrg)
	}
	id, err := migrationlink.ParseOrgID(c.Org.Value)
	if err != nil {
		return "", fmt.Errorf("%s: %w", c.Org.Name, err)
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
		"BaseURL": c.Url.Name, "RootCAs": c.CA.Name, "Attempts": "--attempts",
		schemes[c.SignIn.Scheme].optionName: c.SignIn.Name.Name + ", " + c.SignIn.Secret.Name,
	}
	see := map[string]string{
		"APIKey": "the key comes from " + EnvPublicKey + " and " + EnvPrivateKey, "AllowHTTP": "--allow-http if it has to be",
	}
	name, known := names[option.Option]
	if option.Name {
		name = c.SignIn.Name.Name
	}
	if !known {
		return err
	}
	return &console.SettingError{Name: name, Err: errors.New(option.Say(see[option.See]))}
}

// Command is a command line for the same organization at the same server, to be pasted.
func (c Call) Command(name string, more ...string) string {
	line := "migrationlink " + name + " --org " + c.Org.String()
	if c.Flags.profile != "" {
		line += " -P " + console.Word(c.Settings.ShownProfile())
	}
	if c.Flags.URL != "" {
		line += " --url " + console.Word(c.Flags.URL)
	}
	if c.Flags.CAFile != "" {
		line += " --ca-file " + console.Word(c.Flags.CAFile)
	}
	if c.Flags.AllowHTTP {
		line += " --allow-http"
	}
	return strings.Join(append([]string{line}, more...), " ")
}

// Place is where the organization is, in a sentence.
func (c Call) Place() string {
	if c.Settings.Profile.Value == "" {
		return c.URL
	}
	return "profile " + c.Settings.ShownProfile() + ", " + c.URL
}

// Bound ends what --timeout says.
func (c Call) Bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.Flags.Timeout == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, time.Duration(c.Flags.Timeout), timedOut(c.Flags.Timeout))
}

// timedOut is the end of --timeout.
type timedOut console.Duration

func (t timedOut) Error() string {
	return "not done within " + time.Duration(t).String() + " (--timeout)"
}

func (timedOut) Is(target error) bool { return target == context.DeadlineExceeded }

// BasePath is where the API begins, as the contract's server has it: /api/public/v1.0.
var BasePath = func() string {
	u, err := url.Parse(gen.ServerUrlCloudManager)
	if err != nil {
		panic(err) // a constant
	}
	return u.Path
}()
