package settings

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/mongocli"
	"github.com/migrationlink/migrationlink/internal/secret"
)

// shownSettings are the settings of a call, as config shows them.
type shownSettings struct {
	ProfileFile  shownSetting  `json:"profileFile"`
	Profile      shownSetting  `json:"profile"`
	Address      shownSetting  `json:"address"`
	PublicKey    *shownSetting `json:"publicKey,omitempty"`
	PrivateKey   *shownSetting `json:"privateKey,omitempty"`
	ClientID     *shownSetting `json:"clientId,omitempty"`
	ClientSecret *shownSetting `json:"clientSecret,omitempty"`
	Organization shownSetting  `json:"organization"`
	Certificates shownSetting  `json:"certificates"`
	Output       shownSetting  `json:"output"`
}

// shownSetting is a value and where it comes from. Where there is none, the value is null, and the source says why.
type shownSetting struct {
	Value  *string `json:"value"`
	Source string  `json:"source,omitempty"`
}

func shownAs(value, source string) shownSetting {
	if value == "" {
		return shownSetting{Source: source}
	}
	return shownSetting{&value, source}
}

// Shown are the settings of a call as config shows them.
func (of Call) Shown(s *Sources) shownSettings {
	c := of.Settings
	shown := shownSettings{
		ProfileFile:  shownAs("", s.file.Name()+" is not there"),
		Profile:      shownAs(c.ShownProfile(), c.Profile.Name),
		Address:      shownAs(c.SignIn.Fit(strings.TrimRight(strings.TrimSuffix(strings.TrimRight(c.Url.Value, "/"), BasePath), "/")+BasePath), c.Url.From),
		Organization: shownAs(of.Org.String(), c.Org.From),
		Output:       shownAs(c.format.Value, c.format.From),
	}
	switch {
	case s.nowhere != nil:
		shown.ProfileFile = shownAs("", s.nowhere.Error())
	case s.file.Info() != nil:
		shown.ProfileFile = shownAs(s.file.Name(), "")
	}
	schemes[c.SignIn.Scheme].show(&shown,
		shownAs(c.SignIn.Shown(), c.SignIn.Name.From), shownAs(secret.Redacted, c.SignIn.Secret.From))
	shown.Certificates = c.shownCertificates()
	return shown
}

// shownCertificates are the authorities that are trusted.
func (c callSettings) shownCertificates() shownSetting {
	if strings.HasPrefix(strings.ToLower(c.Url.Value), "http:") {
		return shownAs("", "plain http")
	}
	value, source := "system roots", "default"
	if c.CA.Value != "" {
		value, source = value+" and "+c.SignIn.Fit(c.CA.Value), c.CA.From
	}
	if c.NotHonoured() {
		source += " (" + mongocli.OpsManagerSkipVerify + " is not honoured)"
	}
	return shownAs(value, source)
}

func (s shownSettings) Write(w io.Writer, format console.Format) error {
	if format == console.JSON {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(s)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range []struct {
		name  string
		shown *shownSetting
	}{
		{"profile file", &s.ProfileFile}, {"profile", &s.Profile}, {"address", &s.Address}, {"public key", s.PublicKey}, {"private key", s.PrivateKey},
		{"client id", s.ClientID}, {"client secret", s.ClientSecret}, {"organization", &s.Organization}, {"certificates", &s.Certificates}, {"output", &s.Output},
	} {
		if row.shown == nil {
			continue
		}
		value := "none"
		if row.shown.Value != nil {
			value = *row.shown.Value
		}
		fmt.Fprintln(table, strings.TrimRight(row.name+"\t"+value+"\t"+row.shown.Source, "\t"))
	}
	return table.Flush()
}
