package cli

import (
	"cmp"
	"errors"
	"strings"

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
it needs the role Organization Owner. With -o json the result is an object
{"status": …, "orgId": …}, its status null where the answer did not tell it.
` + exitCodes

// callFlags are the flags that connect, status and disconnect have in common.
type callFlags struct {
	org, url string
	output   output
}

func (f *callFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.org, "org", "", "the organization's `ID` (also --orgId; default $"+envOrg+")")
	cmd.Flags().StringVar(&f.url, "url", "", "the `ADDR` of Ops Manager\n(default $"+envURL+", then Cloud Manager)")
	cmd.Flags().VarP(&f.output, "output", "o", "text or json")
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
	client *client.Client
}

// newCall takes each setting from its flag, else from the environment, and says everything that is wrong at once.
func newCall(p Process, f callFlags) (call, error) {
	c := call{url: cmp.Or(f.url, p.env(envURL), gen.ServerUrlCloudManager)}
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
	if public == "" {
		wrong = append(wrong, errors.New(envPublicKey+" is not set: it is the public key of an API key with the role Organization Owner"))
	}
	if private == "" {
		wrong = append(wrong, errors.New(envPrivateKey+" is not set: it is the private key of that API key"))
	}
	if len(wrong) > 0 {
		return call{}, &usageError{errors.Join(wrong...)}
	}
	if c.client, err = client.New(client.APIKey(public, private), client.BaseURL(c.url)); err != nil {
		return call{}, &usageError{errors.New(f.settings().Replace(err.Error()))}
	}
	return c, nil
}

// settings names what a person set where client names its options, and leaves out the options that the command has not.
func (f *callFlags) settings() *strings.Replacer {
	address := "--url"
	if f.url == "" {
		address = envURL
	}
	return strings.NewReplacer(
		"client.BaseURL: ", address+": ",
		"client.APIKey: ", envPublicKey+", "+envPrivateKey+": ",
		"client.APIKey takes the key", "the key comes from "+envPublicKey+" and "+envPrivateKey,
		", or client.AllowHTTP as well", "",
	)
}
