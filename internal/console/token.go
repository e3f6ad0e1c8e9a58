package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/readfile"
)

// maxBody is the size of the largest request that the stand-in takes. What the real API takes is not documented.
const maxBody = 1 << 20

// ReadToken reads the link-token: from a file if one is named, else unseen from the terminal, else from standard input. No error shows
// any of it.
func ReadToken(ctx context.Context, p Process, file string) (migrationlink.LinkToken, error) {
	fd, terminal := p.terminal()
	var from string
	var content []byte
	var err error
	switch {
	case file != "" && file != "-":
		from = "--token-file"
		content, err = Interruptible(ctx, func() ([]byte, error) { return ReadTokenFile(p.Stderr, file) })
	case terminal:
		from = "the terminal"
		content, err = readUnseen(ctx, p, fd, "link-token (not shown): ")
	default:
		from = "standard input"
		content, err = Interruptible(ctx, func() ([]byte, error) { return io.ReadAll(io.LimitReader(p.Stdin, maxBody+1)) })
	}
	switch {
	case ctx.Err() != nil:
		return migrationlink.LinkToken{}, nothingSent(ctx)
	case errors.Is(err, ErrInterrupted), errors.Is(err, errNoTokenTyped):
		return migrationlink.LinkToken{}, err
	case err != nil:
		return migrationlink.LinkToken{}, Usagef("link-token from %s: %w", from, err)
	}
	token, err := ParseToken(content)
	if err != nil {
		return migrationlink.LinkToken{}, Usagef("link-token from %s: %w", from, err)
	}
	return token, nil
}

// ParseToken takes one line ending off and refuses what a token cannot be. Its inside is not documented, and not looked at.
func ParseToken(content []byte) (migrationlink.LinkToken, error) {
	text, ended := strings.CutSuffix(string(content), "\n")
	if ended {
		text = strings.TrimSuffix(text, "\r")
	}
	switch {
	case text == "":
		return migrationlink.LinkToken{}, errors.New("empty; generate one in Atlas (Organization, Live Migration) and give it whole")
	case !utf8.ValidString(text):
		return migrationlink.LinkToken{}, errors.New("not UTF-8; want the text that Atlas showed")
	case strings.HasPrefix(text, "\ufeff"):
		return migrationlink.LinkToken{}, errors.New("a byte order mark is in front of it, which some editors write; want the token alone, on one line")
	}
	for i, r := range text {
		if unicode.IsSpace(r) || !unicode.IsGraphic(r) {
			return migrationlink.LinkToken{}, fmt.Errorf("blank or unprintable character at byte %d; want the token alone, on one line", i+1)
		}
	}
	token := migrationlink.NewLinkToken(text)
	body, err := json.Marshal(map[string]migrationlink.LinkToken{"linkToken": token.ForRequest()})
	if err != nil {
		return migrationlink.LinkToken{}, err
	}
	if len(body) > maxBody {
		return migrationlink.LinkToken{}, errors.New("too long; the request would be larger than 1 MiB, a token has about 190 characters")
	}
	return token, nil
}

// ReadTokenFile reads a file and warns if others can read it too. The file's name is kept out of the error: it may be the token, given
// in the wrong place.
func ReadTokenFile(warnings io.Writer, name string) ([]byte, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("no such file; its name is not repeated here, since it may be the token: want the name of a file that the token is in")
	}
	if err != nil {
		return nil, readfile.WithoutPath(err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, readfile.WithoutPath(err)
	}
	WarnOthersRead(warnings, "token file", info)
	content, err := io.ReadAll(io.LimitReader(f, maxBody+1))
	return content, readfile.WithoutPath(err)
}

// WarnOthersRead warns if a file with credentials can be read by others than its owner.
func WarnOthersRead(warnings io.Writer, what string, info fs.FileInfo) {
	// Windows keeps no such mode: Go makes one up there.
	if readable := info.Mode().Perm()&0o044 != 0; readable && info.Mode().IsRegular() && runtime.GOOS != "windows" {
		fmt.Fprintf(warnings, "warning: others can read the %s (mode %04o); chmod 600 keeps it to yourself\n", what, info.Mode().Perm())
	}
}

// AtlasOrganization names the Atlas organization that a link-token says it is for.
func AtlasOrganization(token migrationlink.LinkToken) string {
	target, err := token.Inspect()
	switch {
	case err != nil:
		return "Atlas organization: unknown (this link-token does not name one)"
	case target.OrgName == "":
		return "Atlas organization: " + target.OrgID.String()
	}
	return fmt.Sprintf("Atlas organization: %q %s", target.OrgName, target.OrgID)
}
