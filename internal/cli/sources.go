package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/migrationlink/migrationlink/gen"
	"github.com/migrationlink/migrationlink/internal/mongocli"
)

// sources are where the settings of a call come from, as in mongocli: a flag, else the environment, else the top level of mongocli's file, else
// a profile in it. The file is read once. docs/profiles.md says where this differs from mongocli. It is not safe for concurrent use.
type sources struct {
	p     Process
	flags callFlags
	file  *mongocli.File
	// nowhere is why there can be no file.
	nowhere error
	clients map[string]call // the first call of each profile
}

// newSources reads mongocli's file, if there is one, and warns if others can read it.
func newSources(p Process, flags callFlags) (*sources, error) {
	s := &sources{p: p, flags: flags, file: new(mongocli.File), clients: map[string]call{}}
	dir, err := p.userConfigDir()
	if err != nil || flags.checking {
		s.nowhere = err
		return s, nil
	}
	if s.file, err = mongocli.Read(mongocli.Path(dir)); err != nil {
		return nil, &usageError{err}
	}
	if info := s.file.Info(); info != nil {
		warnOthersRead(p.Stderr, "profile file", info)
	}
	return s, nil
}

// profile is the one to use, and why: that of -P, else of the environment, else the only one, else default. Its value is empty where there is none.
func (s *sources) profile() (setting, error) {
	asked := setting{s.flags.profile, "-P"}
	if asked.value == "" && !s.flags.checking {
		asked = setting{s.p.env(mongocli.EnvProfile), mongocli.EnvProfile}
	}
	if asked.value != "" {
		return s.named(asked)
	}
	names := s.file.Profiles()
	name, _ := s.file.Profile("") // it fails only where one is asked for
	switch {
	case !slices.Contains(names, name):
		return setting{"", "none is asked for"}, nil
	case len(names) == 1:
		return setting{name, "the only one"}, nil
	}
	return setting{name, "default"}, nil
}

// named is the profile of a name that was asked for.
func (s *sources) named(asked setting) (setting, error) {
	if s.nowhere != nil {
		return setting{}, &usageError{&settingError{asked.name, fmt.Errorf("no such profile: %w", s.nowhere)}}
	}
	name, err := s.file.Profile(asked.value)
	if err != nil {
		return setting{}, &usageError{&settingError{asked.name, err}}
	}
	return setting{name, asked.name}, nil
}

// completeProfiles completes -P, where a command has it, by the names in mongocli's file.
func completeProfiles(root *cobra.Command, p Process) {
	p.Stderr = io.Discard
	for _, cmd := range root.Commands() {
		if cmd.Flags().Lookup("profile") == nil {
			continue
		}
		_ = cmd.RegisterFlagCompletionFunc("profile", func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			s, err := newSources(p, callFlags{})
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return s.file.Profiles(), cobra.ShellCompDirectiveNoFileComp
		})
	}
}

// sourced is a setting with where it was found, as config shows that. Its name says where to change it. One that is not set has a name, too.
type sourced struct {
	setting
	from string
}

// level is one of the places where settings are, the flags excepted.
type level struct {
	name string
	find func(key string) sourced
}

// levels are in the order in which they are asked.
func (s *sources) levels(profile string) []level {
	placed := func(v mongocli.Value, key, level string) sourced {
		return sourced{setting{v.Text, cmp.Or(v.Place, key+" of "+level)}, level + ": " + key}
	}
	return []level{
		{"the environment", func(key string) sourced {
			name := mongocli.Env(key)
			return sourced{setting{s.p.env(name), name}, name}
		}},
		{"the top level", func(key string) sourced { return placed(s.file.Global(key), key, "the top level") }},
		{"profile " + profile, func(key string) sourced { return placed(s.file.Value(profile, key), key, "profile "+profile) }},
	}
}

// find looks for a setting. flag may be empty: not every one has a flag.
func (s *sources) find(profile, key string, flag setting) sourced {
	if flag.value != "" {
		return sourced{flag, flag.name}
	}
	for _, l := range s.levels(profile) {
		if f := l.find(key); f.value != "" {
			return f
		}
	}
	return sourced{}
}

// callSettings are what a call is made of, but for what flags alone say.
type callSettings struct {
	profile                    setting
	org, url, ca, skip, format sourced
	signIn                     credentials
}

// settings finds all but who signs in. The error says what is wrong with those that no client looks at.
func (s *sources) settings(profile, org setting) (callSettings, error) {
	c := callSettings{
		profile: profile,
		org:     s.find(profile.value, mongocli.OrgID, cmp.Or(org, setting{s.flags.org, "--org"})),
		url:     s.find(profile.value, mongocli.OpsManagerURL, setting{s.flags.url, "--url"}),
	}
	if !s.flags.checking {
		c.format = s.find(profile.value, mongocli.Output, setting{string(s.flags.output), "-o"})
		c.ca = s.find(profile.value, mongocli.OpsManagerCACertificate, setting{s.flags.caFile, "--ca-file"})
		c.skip = s.find(profile.value, mongocli.OpsManagerSkipVerify, setting{})
	}
	wrong := c.checkService(s.find(profile.value, mongocli.Service, setting{}))
	if c.url.value == "" {
		c.url = sourced{setting{gen.ServerUrlCloudManager, "Cloud Manager"}, "default"}
	}
	return c, errors.Join(wrong, c.checkFormat())
}

// checkService refuses to take Cloud Manager for an Ops Manager whose address is missing. Otherwise the service decides nothing: mongocli goes to
// ops_manager_url whenever there is one, for cloud-manager too (its store.New), and to Cloud Manager if there is none.
func (c *callSettings) checkService(service sourced) error {
	const opsManager = "ops-manager"
	services := []string{"cloud", "cloudgov", "cloud-manager", opsManager}
	switch {
	case service.value == "":
	case !slices.Contains(services, service.value):
		return fmt.Errorf("%s: unknown service; %s", service.name, want(service.value, services))
	case service.value == opsManager && c.url.value == "":
		return fmt.Errorf("%s: %s without its address: want --url ADDR, %s or %s",
			service.name, opsManager, mongocli.Env(mongocli.OpsManagerURL), mongocli.OpsManagerURL)
	}
	return nil
}

// checkFormat reads mongocli's plaintext as our text, which is also what there is without any.
func (c *callSettings) checkFormat() error {
	if c.format.value == "" || c.format.value == "plaintext" {
		c.format = sourced{setting{"text", c.format.name}, cmp.Or(c.format.from, "default")}
	}
	var o output
	if err := o.Set(c.format.value); err != nil {
		return fmt.Errorf("%s: %w, or -o with one of them", c.format.name, err)
	}
	return nil
}

// notHonoured reports whether mongocli was told to verify no certificate, where that would mean something.
func (c callSettings) notHonoured() bool {
	no := c.skip.value == "" || strings.EqualFold(c.skip.value, "no") || strings.EqualFold(c.skip.value, "false")
	return !no && strings.HasPrefix(strings.ToLower(c.url.value), "https:")
}
