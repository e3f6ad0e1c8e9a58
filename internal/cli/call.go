package cli

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/client"
	"github.com/migrationlink/migrationlink/gen"
)

// The environment has mongocli's names, so that what is set up for one serves the other.
const (
	envPublicKey  = "MCLI_PUBLIC_API_KEY"
	envPrivateKey = "MCLI_PRIVATE_API_KEY"
	envOrg        = "MCLI_ORG_ID"
	envURL        = "MCLI_OPS_MANAGER_URL"
)

const callHelp = `
The API key comes from ` + envPublicKey + ` and ` + envPrivateKey + `;
it needs the role Organization Owner. A variable that is empty is as one not set.
With -o json the result is an object {"status": …, "orgId": …}, its status null
where the answer did not tell it.
` + callExitCodes

// callFlags are the flags that connect, status and disconnect have in common.
type callFlags struct {
	org, url  string
	allowHTTP bool
	output    output
	timeout   duration
	attempts  int
	debug     bool
}

func (f *callFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.org, "org", "", "the organization's `ID` (also --orgId; default $"+envOrg+")")
	cmd.Flags().StringVar(&f.url, "url", "", "the `ADDR` of Ops Manager\n(default $"+envURL+", then Cloud Manager)")
	cmd.Flags().BoolVar(&f.allowHTTP, "allow-http", false, "permit plain http to another machine: whoever listens\n"+
		"on the way gets the link-token, an API key of Atlas in it")
	cmd.Flags().Var(&f.timeout, "timeout", "how long the whole of it may take, like 90s or 20m\n(default: without end)")
	cmd.Flags().IntVar(&f.attempts, "attempts", 4, "how often a call is attempted, where that does no harm")
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
	org    migrationlink.OrgID
	url    string
	flags  callFlags
	client *client.Client
	debug  *debug // nil without --debug
}

// newCall takes each setting from its flag, else from the environment, and says everything that is wrong at once.
func newCall(p Process, f callFlags) (call, error) {
	c := call{url: cmp.Or(f.url, p.env(envURL), gen.ServerUrlCloudManager), flags: f}
	var wrong []error
	id := cmp.Or(f.org, p.env(envOrg))
	org, err := migrationlink.ParseOrgID(id)
	switch {
	case id == "":
		wrong = append(wrong, errors.New("no organization: give --org ID or set "+envOrg))
	case err != nil && f.org != "":
		wrong = append(wrong, errors.New("--org: "+err.Error()))
	case err != nil:
		wrong = append(wrong, errors.New(envOrg+": "+err.Error()))
	}
	c.org = org
	public, private := p.env(envPublicKey), p.env(envPrivateKey)
	switch {
	case public == "" && private == "":
		wrong = append(wrong, errors.New("no API key: set "+envPublicKey+" and "+envPrivateKey+" to the two halves of a key with the role Organization Owner"))
	case public == "":
		wrong = append(wrong, errors.New(envPublicKey+" is not set: want the public half of the API key whose private half is in "+envPrivateKey))
	case private == "":
		wrong = append(wrong, errors.New(envPrivateKey+" is not set: want the private half of the API key whose public half is in "+envPublicKey))
	}
	if len(wrong) > 0 {
		return call{}, &usageError{errors.Join(wrong...)}
	}
	options := []client.Option{client.APIKey(public, private), client.BaseURL(c.url), client.Attempts(f.attempts)}
	if f.allowHTTP {
		options = append(options, client.AllowHTTP())
	}
	if f.debug {
		c.debug = &debug{w: p.Stderr}
		c.debug.hideValues(private)
		options = append(options, client.WrapTransport(c.debug.wrap))
	}
	if c.client, err = client.New(options...); err != nil {
		return call{}, &usageError{errors.New(f.settings().Replace(err.Error()))}
	}
	return c, nil
}

// settings names what a person set where client names its options.
func (f *callFlags) settings() *strings.Replacer {
	address := "--url"
	if f.url == "" {
		address = envURL
	}
	return strings.NewReplacer(
		"client.BaseURL: ", address+": ",
		"client.APIKey: ", envPublicKey+", "+envPrivateKey+": ",
		"client.APIKey takes the key", "the key comes from "+envPublicKey+" and "+envPrivateKey,
		"client.Attempts: ", "--attempts: ",
		"client.AllowHTTP as well", "--allow-http if it has to be",
	)
}

// command is a command line for the same organization at the same server, to be pasted.
func (c call) command(name string, more ...string) string {
	line := "migrationlink " + name + " --org " + c.org.String()
	if c.flags.url != "" {
		line += " --url " + c.flags.url
	}
	if c.flags.allowHTTP {
		line += " --allow-http"
	}
	return strings.Join(append([]string{line}, more...), " ")
}

// place is where the organization is, in a sentence.
func (c call) place() string { return c.url }

// bound ends what --timeout says.
func (c call) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.flags.timeout == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Duration(c.flags.timeout))
}
