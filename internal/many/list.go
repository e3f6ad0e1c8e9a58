// Package many connects, asks and disconnects many organizations. It reads lists of them, writes down what it begins and what comes of it, and goes on
// where an earlier run has ended. It knows no command line: who signs in where is handed to it.
package many

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/migrationlink/migrationlink"
)

// List is what was read of a file: every row that is to be worked on, once.
type List struct {
	Rows []Row
	// HoldsTokens: link-tokens stand in the list itself, so that whoever reads it has them.
	HoldsTokens bool
}

// Row is one organization of a list.
type Row struct {
	// Line of the list that the row begins on, from 1.
	Line  int
	OrgID migrationlink.OrgID
	// Profile that its credentials are in; empty for those that hold without one.
	Profile string
	// Token is the zero value where it was not asked for.
	Token migrationlink.LinkToken
}

// Problem is something wrong with a field of the row.
func (r Row) Problem(field, text string) Problem { return Problem{place{line: r.Line}, field, text} }

// Tokens says how link-tokens are come by. Their errors must show no part of a token, nor the name that was given: it may be one.
type Tokens struct {
	// Folder of the list: names of files are relative to it.
	Folder string
	// Parse checks the text of a token.
	Parse func(text []byte) (migrationlink.LinkToken, error)
	// ReadFile reads the file of a token; line is that of the list.
	ReadFile func(name string, line int) ([]byte, error)
	// LookupEnv finds a variable of the environment.
	LookupEnv func(name string) (string, bool)
}

// The columns of a list, and the keys of its objects.
const (
	columnOrgID     = "orgId"
	columnProfile   = "profile"
	columnToken     = "linkToken"
	columnTokenFile = "linkTokenFile"
	columnTokenEnv  = "linkTokenEnv"
)

var (
	columns      = []string{columnOrgID, columnProfile, columnToken, columnTokenFile, columnTokenEnv}
	tokenColumns = []string{columnToken, columnTokenFile, columnTokenEnv}
)

const wantColumns = "want orgId, one of linkToken, linkTokenFile and linkTokenEnv, and profile where rows have one"

// maxList is the size of the largest list that is read, in bytes: some 100,000 rows with their tokens.
const maxList = 64 << 20

// record is a row as it stands in the list. Cells that are empty are not there.
type record struct {
	place
	cells map[string]cell
}

type cell struct {
	place
	text string
}

// IsJSON reports whether content can be no CSV of this package: it begins as an array or an object of JSON does.
func IsJSON(content []byte) bool {
	content = bytes.TrimSpace(bytes.TrimPrefix(content, byteOrderMark))
	return len(content) > 0 && (content[0] == '[' || content[0] == '{')
}

var byteOrderMark = []byte("\ufeff")

// ReadCSV reads a list with a header. Fields are separated by commas, or by the semicolons or tabs that some spreadsheets write. With nil tokens, those
// in the list are passed over. An error is [Problems].
func ReadCSV(content []byte, tokens *Tokens) (List, error) { return read(content, tokens, readCSV) }

// ReadJSON reads a list that is an array of objects. With nil tokens, those in the list are passed over. An error is [Problems].
func ReadJSON(content []byte, tokens *Tokens) (List, error) { return read(content, tokens, readJSON) }

func read(content []byte, tokens *Tokens, records func([]byte) ([]record, Problems)) (List, error) {
	content, wrong := asUTF8(content)
	if len(wrong) > 0 {
		return List{}, wrong
	}
	all, wrong := records(content)
	var list List
	seen := duplicates{orgs: make(map[migrationlink.OrgID]int), tokens: make(map[fingerprint]int)}
	for _, r := range all {
		row, problems := r.row(tokens)
		wrong = append(wrong, problems...)
		wrong = append(wrong, seen.check(r, row)...)
		list.Rows = append(list.Rows, row)
		list.HoldsTokens = list.HoldsTokens || r.cells[columnToken].text != ""
	}
	if len(all) == 0 && len(wrong) == 0 {
		wrong = append(wrong, Problem{text: "there is no row in it; " + wantColumns})
	}
	if len(wrong) > 0 {
		wrong.sort()
		return List{}, wrong
	}
	return list, nil
}

// asUTF8 takes a byte order mark off, and refuses what is no UTF-8 text.
func asUTF8(content []byte) ([]byte, Problems) {
	switch {
	case len(content) > maxList:
		return nil, Problems{{text: "larger than 64 MiB; want a list of organizations"}}
	case bytes.HasPrefix(content, []byte("\xff\xfe")), bytes.HasPrefix(content, []byte("\xfe\xff")):
		return nil, Problems{{text: "is UTF-16; save it as UTF-8, which spreadsheets call CSV UTF-8"}}
	}
	content = bytes.TrimPrefix(content, byteOrderMark)
	if at := invalidUTF8(content); at >= 0 {
		return nil, Problems{{place: placeOf(content, at), text: "not UTF-8; save it as UTF-8, which spreadsheets call CSV UTF-8"}}
	}
	return content, nil
}

// invalidUTF8 is where text stops being UTF-8, or -1.
func invalidUTF8(content []byte) int {
	for at := 0; at < len(content); {
		r, size := utf8.DecodeRune(content[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return -1
}

// row is what the cells say, and all that is wrong with them.
func (r record) row(tokens *Tokens) (Row, Problems) {
	var wrong Problems
	row := Row{Line: r.line, Profile: r.cells[columnProfile].text}
	id, given := r.cells[columnOrgID]
	if !given {
		wrong = append(wrong, Problem{r.place, columnOrgID, "missing; want the id of the source organization"})
	} else if org, err := migrationlink.ParseOrgID(id.text); err != nil {
		wrong = append(wrong, Problem{id.place, columnOrgID, mangled(id.text)})
	} else {
		row.OrgID = org
	}
	if tokens == nil {
		return row, wrong
	}
	token, problem := r.token(tokens)
	if problem != nil {
		wrong = append(wrong, *problem)
	}
	row.Token = token
	return row, wrong
}

// token is the link-token that the one column leads to.
func (r record) token(tokens *Tokens) (migrationlink.LinkToken, *Problem) {
	var none migrationlink.LinkToken
	var given []string
	for _, column := range tokenColumns {
		if _, there := r.cells[column]; there {
			given = append(given, column)
		}
	}
	switch len(given) {
	case 0:
		return none, &Problem{r.place, "", "no link-token; want one of linkToken, linkTokenFile and linkTokenEnv"}
	case 1:
	default:
		return none, &Problem{r.cells[given[1]].place, "", strings.Join(given, " and ") + " are given; want one of them"}
	}
	column := given[0]
	c := r.cells[column]
	text := []byte(c.text)
	switch column {
	case columnTokenFile:
		name := c.text
		if !filepath.IsAbs(name) {
			name = filepath.Join(tokens.Folder, name)
		}
		content, err := tokens.ReadFile(name, r.line)
		if err != nil {
			return none, &Problem{c.place, column, err.Error()}
		}
		text = content
	case columnTokenEnv:
		value, _ := tokens.LookupEnv(c.text)
		if value == "" {
			return none, &Problem{c.place, column, "no such variable in the environment, or an empty one; its name is not repeated here, since it may be the token"}
		}
		text = []byte(value)
	}
	token, err := tokens.Parse(text)
	if err != nil {
		return none, &Problem{c.place, column, err.Error()}
	}
	return token, nil
}

// duplicates finds what is there a second time, by the line of the first.
type duplicates struct {
	orgs   map[migrationlink.OrgID]int
	tokens map[fingerprint]int
}

type fingerprint = [32]byte

func (d duplicates) check(r record, row Row) Problems {
	var wrong Problems
	if row.OrgID != "" {
		if first, again := d.orgs[row.OrgID]; again {
			wrong = append(wrong, Problem{r.cells[columnOrgID].place, columnOrgID, fmt.Sprintf("organization %s is on line %d already; want each once", row.OrgID, first)})
		} else {
			d.orgs[row.OrgID] = row.Line
		}
	}
	if !row.Token.IsZero() {
		print := row.Token.Fingerprint()
		if first, again := d.tokens[print]; again {
			wrong = append(wrong, Problem{r.tokenPlace(), "", fmt.Sprintf("the link-token is that of line %d; generate one for each organization", first)})
		} else {
			d.tokens[print] = row.Line
		}
	}
	return wrong
}

func (r record) tokenPlace() place {
	for _, column := range tokenColumns {
		if c, there := r.cells[column]; there {
			return c.place
		}
	}
	return r.place
}
