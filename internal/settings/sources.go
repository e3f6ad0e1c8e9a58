package settings

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/migrationlink/migrationlink/gen"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/mongocli"
	"github.com/migrationlink/migrationlink/internal/secret"
	"github.com/migrationlink/migrationlink/internal/spelling"
)

// Sources are where the settings of a call come from, as in mongocli: a flag, else the environment, else the top level of mongocli's file, else
// a profile in it. The file is read once. docs/profiles.md says where this differs from mongocli. It is not safe for concurrent use.
type Sources struct {
	p     console.Process
	flags Flags
	file  *mongocli.File
	// nowhere is why there can be no file.
	nowhere error
	clients map[string]Call // the first call of each profile
}

// NewSources reads mongocli's file, if there is one, and warns if others can read it.
func NewSources(p console.Process, flags Flags) (*Sources, error) {
	s := &Sources{p: p, flags: flags, file: new(mongocli.File), clients: map[string]Call{}}
	dir, err := p.ConfigDir()
	if err != nil || flags.Checking {
		s.nowhere = err
		return s, nil
	}
	if s.file, err = mongocli.Read(mongocli.Path(dir)); err != nil {
		return nil, &console.UsageError{Err: err}
	}
	if info := s.file.Info(); info != nil {
		console.WarnOthersRead(p.Stderr, "profile file", info)
	}
	return s, nil
}

// Profile is the one to use, and why: that of -P, else of the environment, else the only one, else default. Its value is empty where there is none.
func (s *Sources) Profile() (console.Setting, error) {
	asked := console.Setting{Value: s.flags.profile, Name: "-P"}
	if asked.Value == "" && !s.flags.Checking {
		asked = console.Setting{Value: s.p.Env(mongocli.EnvProfile), Name: mongocli.EnvProfile}
	}
	if asked.Value != "" {
		return s.Named(asked)
	}
	names := s.file.Profiles()
	name, _ := s.file.Profile("") // it fails only where one is asked for
	switch {
	case !slices.Contains(names, name):
		return console.Setting{Value: "", Name: "none is asked for"}, nil
	case len(names) == 1:
		return console.Setting{Value: name, Name: "the only one"}, nil
	}
	return console.Setting{Value: name, Name: "default"}, nil
}

// Named is the profile of a name that was asked for.
func (s *Sources) Named(asked console.Setting) (console.Setting, error) {
	if s.nowhere != nil {
		return console.Setting{}, &console.UsageError{Err: &console.SettingError{Name: asked.Name, Err: fmt.Errorf("no such profile: %w", s.nowhere)}}
	}
	name, err := s.file.Profile(asked.Value)
	if err != nil {
		return console.Setting{}, &console.UsageError{Err: &console.SettingError{Name: asked.Name, Err: err}}
	}
	return console.Setting{Value: name, Name: asked.Name}, nil
}

// CompleteProfiles completes -P, where a command has it, by the names in mongocli's file.
func CompleteProfiles(root *cobra.Command, p console.Process) {
	p.Stderr = io.Discard
	for _, cmd := range root.Commands() {
		if cmd.Flags().Lookup("profile") == nil {
			continue
		}
		_ = cmd.RegisterFlagCompletionFunc("profile", func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			s, err := NewSources(p, Flags{})
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return slices.DeleteFunc(s.file.Profiles(), func(name string) bool {
				return secret.Shown(name, "") != name
			}), cobra.ShellCompDirectiveNoFileComp
		})
	}
}

// sourced is a setting with where it was found, as config shows that. Its name says where to change it. One that is not set has a name, too.
type sourced struct {
	console.Setting
	From string
}

// level is one of the places where settings are, the flags excepted.
type level struct {
	name string
	find func(key string) sourced
}

// levels are in the order in which they are asked.
func (s *Sources) levels(profile string) []level {
	shown := "profile " + secret.Shown(profile, "")
	placed := func(v mongocli.Value, key, level string) sourced {
		return sourced{console.Setting{Value: v.Text, Name: cmp.Or(v.Place, key+" of "+level)}, level + ": " + key}
	}
	return []level{
		{"the environment", func(key string) sourced {
			name := mongocli.Env(key)
			return sourced{console.Setting{Value: s.p.Env(name), Name: name}, name}
		}},
		{"the top level", func(key string) sourced { return placed(s.file.Global(key), key, "the top level") }},
		{shown, func(key string) sourced { return placed(s.file.Value(profile, key), key, shown) }},
	}
}

// find looks for a setting. flag may be empty: not every one has a flag.
func (s *Sources) find(profile, key string, flag console.Setting) sourced {
	if flag.Value != "" {
		return sourced{flag, flag.Name}
	}
	for _, l := range s.levels(profile) {
		if f := l.find(key); f.Value != "" {
			return f
		}
	}
	return sourced{}
}

// callSettings are what a call is made of, but for what flags alone say.
type callSettings struct {
	Profile                    console.Setting
	Org, Url, CA, Skip, format sourced
	SignIn                     credentials
}

// settings finds all but who signs in. The error says what is wrong with those that no client looks at.
func (s *Sources) settings(profile, org console.Setting) (callSettings, error) {
	c := callSettings{
		Profile: profile,
		Org:     s.find(profile.Value, mongocli.OrgID, cmp.Or(org, console.Setting{Value: s.flags.Org, Name: "--org"})),
		Url:     s.find(profile.Value, mongocli.OpsManagerURL, console.Setting{Value: s.flags.URL, Name: "--url"}),
	}
	if !s.flags.Checking {
		c.format = s.find(profile.Value, mongocli.Output, console.Setting{Value: string(s.flags.Output), Name: "-o"})
		c.CA = s.find(profile.Value, mongocli.OpsManagerCACertificate, console.Setting{Value: s.flags.CAFile, Name: "--ca-file"})
		c.Skip = s.find(profile.Value, mongocli.OpsManagerSkipVerify, console.Setting{})
	}
	wrong := c.checkService(s.find(profile.Value, mongocli.Service, console.Setting{}))
	if c.Url.Value == "" {
		c.Url = sourced{console.Setting{Value: gen.ServerUrlCloudManager, Name: "Cloud Manager"}, "default"}
	}
	return c, errors.Join(wrong, c.checkFormat())
}

// checkService refuses to take Cloud Manager for an Ops Manager whose address is missing. Otherwise the service decides nothing: mongocli goes to
// ops_manager_url whenever there is one, for cloud-manager too (its store.New), and to Cloud Manager if there is none.
func (c *callSettings) checkService(service sourced) error {
	const opsManager = "ops-manager"
	services := []string{"cloud", "cloudgov", "cloud-manager", opsManager}
	switch {
	case service.Value == "":
	case !slices.Contains(services, service.Value):
		return fmt.Errorf("%s: unknown service; %s", service.Name, spelling.Want(service.Value, services))
	case service.Value == opsManager && c.Url.Value == "":
		return fmt.Errorf("%s: %s without its address: want --url ADDR, %s or %s",
			service.Name, opsManager, mongocli.Env(mongocli.OpsManagerURL), mongocli.OpsManagerURL)
	}
	return nil
}

// checkFormat reads mongocli's plaintext as our text, which is also what there is without any.
func (c *callSettings) checkFormat() error {
	if c.format.Value == "" || c.format.Value == "plaintext" {
		c.format = sourced{console.Setting{Value: "text", Name: c.format.Name}, cmp.Or(c.format.From, "default")}
	}
	var o console.Format
	if err := o.Set(c.format.Value); err != nil {
		return fmt.Errorf("%s: %w, or -o with one of them", c.format.Name, err)
	}
	return nil
}

// ShownProfile is the name of the profile, or what stands for it where a secret is in it.
func (c callSettings) ShownProfile() string {
	return secret.Shown(c.Profile.Value, c.SignIn.Secret.Value)
}

// NotHonoured reports whether mongocli was told to verify no certificate, where that would mean something.
func (c callSettings) NotHonoured() bool {
	no := c.Skip.Value == "" || strings.EqualFold(c.Skip.Value, "no") || strings.EqualFold(c.Skip.Value, "false")
	return !no && strings.HasPrefix(strings.ToLower(c.Url.Value), "https:")
}
