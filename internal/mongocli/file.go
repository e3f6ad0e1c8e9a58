// Package mongocli reads the configuration of mongocli, MongoDB's own command: which profiles there are, and what is set in them. It is a
// TOML file whose tables are the profiles; what stands above them holds for all. Names of profiles and keys are the same in upper and lower case.
//
// No error shows a value, since any may be a private key in the wrong place.
package mongocli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/migrationlink/migrationlink/internal/count"
	"github.com/migrationlink/migrationlink/internal/readfile"
	"github.com/migrationlink/migrationlink/internal/spelling"
)

// The keys that are read. Others, like project_id, are passed over.
const (
	PublicAPIKey            = "public_api_key"
	PrivateAPIKey           = "private_api_key"
	OrgID                   = "org_id"
	Service                 = "service"
	OpsManagerURL           = "ops_manager_url"
	OpsManagerCACertificate = "ops_manager_ca_certificate"
	OpsManagerSkipVerify    = "ops_manager_skip_verify"
	Output                  = "output"
)

var keys = []string{
	PublicAPIKey, PrivateAPIKey, OrgID, Service, OpsManagerURL, OpsManagerCACertificate, OpsManagerSkipVerify, Output,
}

// DefaultProfile is the profile that is used where none is asked for and there is not just one.
const DefaultProfile = "default"

// EnvProfile is the variable that asks for a profile.
const EnvProfile = "MCLI_PROFILE"

// Env is the variable that stands for a key: MCLI_ and the key in capitals.
func Env(key string) string { return "MCLI_" + strings.ToUpper(key) }

// Path is where the file is, below the user's folder of configurations ([os.UserConfigDir]).
func Path(userConfigDir string) string {
	return filepath.Join(userConfigDir, "mongocli", "config.toml")
}

// File is what a file holds. It does not change, so it is safe for concurrent use.
type File struct {
	name     string
	info     fs.FileInfo // nil: there is no file
	global   table
	profiles map[string]table // by name, in lower case
}

// table is the top level or a profile: its values by key.
type table map[string]Value

// Value is what a key is set to.
type Value struct {
	// Text is empty where the key is not set, or set to nothing, which mongocli takes for the same.
	Text string
	// Place is file, line and key, like config.toml:7: org_id.
	Place string
}

// maxFile is the size of the largest file that is read, in bytes. There are as many profiles as organizations where each has a key of its own.
const maxFile = 16 << 20

// Read reads the file. One that is not there has no profiles.
func Read(name string) (*File, error) {
	f := &File{name: name, global: table{}, profiles: map[string]table{}}
	content, err := f.read()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f, nil
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, readfile.WithoutPath(err))
	}
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	if err := toml.Unmarshal(content, new(map[string]any)); err != nil {
		return nil, f.notTOML(content, err)
	}
	if err := f.fill(content); err != nil {
		return nil, err
	}
	return f, nil
}

func (f *File) read() ([]byte, error) {
	file, err := os.Open(f.name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	if f.info, err = file.Stat(); err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(content) > maxFile {
		err = errors.New("larger than 16 MiB; want a configuration of mongocli")
	}
	return content, err
}

// notTOML says where the file is no TOML. What the parser says of it may repeat a value.
func (f *File) notTOML(content []byte, err error) error {
	const want = `not TOML, here or soon before: want lines like org_id = "5f7aac56b3a0b94bcdce6d8a", the value in quotes, each key once`
	var at *toml.DecodeError
	if !errors.As(err, &at) {
		return fmt.Errorf("%s: %s", f.name, want)
	}
	line, _ := at.Position()
	written := strings.Split(string(content), "\n")[line-1]
	before, _, _ := strings.Cut(written, "=")
	if key := strings.ToLower(strings.TrimSpace(before)); slices.Contains(keys, key) {
		return fmt.Errorf("%s:%d: %s: %s", f.name, line, key, want)
	}
	return fmt.Errorf("%s:%d: %s", f.name, line, want)
}

// Name is that of the file.
func (f *File) Name() string { return f.name }

// Info is that of the file; nil if there is none.
func (f *File) Info() fs.FileInfo { return f.info }

// Profiles are the names of the profiles, in alphabetical order.
func (f *File) Profiles() []string {
	return slices.Sorted(maps.Keys(f.profiles))
}

// Profile is the name of the profile to use: the one that is asked for, else the only one there is, else default, which need not be there. The error
// names those that are there; it does not repeat what was asked for, which may be anything.
func (f *File) Profile(asked string) (string, error) {
	asked = strings.ToLower(asked)
	if _, known := f.profiles[asked]; known && asked != "" { // first, since there may be ten thousand
		return asked, nil
	}
	names := f.Profiles()
	switch {
	case asked == "" && len(names) == 1:
		return names[0], nil
	case asked == "":
		return DefaultProfile, nil
	case f.info == nil:
		return "", fmt.Errorf("no such profile, since there is no file %s; mongocli config makes one", f.name)
	case len(names) == 0:
		return "", fmt.Errorf("no such profile: there is none in %s", f.name)
	}
	for i, name := range names {
		names[i] = plain(name)
	}
	hint := ""
	if near := spelling.Nearest(asked, names); near != "" {
		hint = " Did you mean " + near + "?"
	}
	return "", fmt.Errorf("no such profile in %s, which has %s.%s", f.name, List(names), hint)
}

// maxListed is how many names a sentence lists.
const maxListed = 20

// List is names in a sentence: the first twenty, and how many more there are.
func List(names []string) string {
	if more := len(names) - maxListed; more > 0 {
		return fmt.Sprintf("%s and %s more", strings.Join(names[:maxListed], ", "), count.Thousands(more))
	}
	return strings.Join(names, ", ")
}

// Global is what a key is set to at the top level, for every profile.
func (f *File) Global(key string) Value { return f.global[key] }

// Value is what a key is set to in a profile.
func (f *File) Value(profile, key string) Value { return f.profiles[profile][key] }
