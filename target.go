package migrationlink

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/migrationlink/migrationlink/internal/secret"
)

// Target is the organization of Atlas that a link-token says it connects with. Nobody has signed that, so it is for people to look at, and
// nothing to decide by.
type Target struct {
	OrgID OrgID
	// OrgName can be printed, on one line, and has at most 64 characters. It is empty where the token tells none that is so.
	OrgName string
}

// ErrTargetUnknown is the error of a link-token that does not tell its organization, or not in a way that can be shown. It says nothing
// about whether the token connects: the content of tokens is not documented.
var ErrTargetUnknown = errors.New("the link-token does not tell which organization of Atlas it is for")

// Inspect reads what a link-token says about its target; the keys inside never come out. It asks no server. The error has [ErrTargetUnknown]
// in it and repeats nothing of the token.
func (t LinkToken) Inspect() (Target, error) {
	unknown := func(why string) (Target, error) { return Target{}, fmt.Errorf("%w: %s", ErrTargetUnknown, why) }
	content, ok := secret.ReadToken(t.Reveal())
	switch {
	case t.IsZero():
		return unknown("it is empty")
	case !ok:
		return unknown("it is not base64 of a JSON object, which is all that has been seen of tokens")
	}
	id, err := ParseOrgID(content.OrgID.Reveal())
	if err != nil {
		return unknown("there is no organization id in it")
	}
	target := Target{OrgID: id}
	if name := content.OrgName.Reveal(); presentable(name) {
		target.OrgName = name
	}
	if showsKey(target, t.Reveal(), content) {
		return unknown("what stands in the place of its id or name looks like a key")
	}
	return target, nil
}

// maxOrgName is the length of an organization's name, in characters (MongoDB Limits and Thresholds, "Label Limits").
const maxOrgName = 64

// presentable reports whether a name can be shown as it is: a terminal obeys control characters, and others change the direction of text.
func presentable(name string) bool {
	return utf8.ValidString(name) && utf8.RuneCountInString(name) <= maxOrgName &&
		!strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })
}

// privateKeyLike is the shape of a private key, somebody's.
var privateKeyLike = regexp.MustCompile(`[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`)

// showsKey reports whether a target has one of the token's keys in it, the token itself, or what looks like a private key.
func showsKey(target Target, token string, content secret.Content) bool {
	shown := target.OrgID.String() + "\n" + target.OrgName
	keys := secret.NewAll("", token, content.PublicKey.Reveal(), content.PrivateKey.Reveal())
	return privateKeyLike.MatchString(shown) || secret.NewFinder(keys...).Shows(shown)
}
