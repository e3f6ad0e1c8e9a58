package many_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/many"
	"github.com/migrationlink/migrationlink/internal/secret"
)

const (
	orgA = "5f7aac56b3a0b94bcdce6d8a"
	orgB = "5f7aac56b3a0b94bcdce6d8b"
	orgC = "005722222222222222222222"

	canary = "eyJvcmdJZCI6IjQ4ODg0NDJhMzM1NDgxN2E3MzIwZWI2MSIsInByaXZhdGVBcGlLZXkiOiJjYW5hcnkifQ=="
)

// tokens come from a map of files and one of variables.
func tokens(files, env map[string]string) *many.Tokens {
	return &many.Tokens{
		Folder: "lists",
		Parse: func(text []byte) (migrationlink.LinkToken, error) {
			token := strings.TrimSuffix(string(text), "\n")
			if strings.ContainsAny(token, " \n") {
				return migrationlink.LinkToken{}, errors.New("blank in it; want the token alone")
			}
			return migrationlink.NewLinkToken(token), nil
		},
		ReadFile: func(name string, _ int) ([]byte, error) {
			content, there := files[filepath.ToSlash(name)]
			if !there {
				return nil, errors.New("no such file")
			}
			return []byte(content), nil
		},
		LookupEnv: func(name string) (string, bool) { value, ok := env[name]; return value, ok },
	}
}

// told is a row as text, its token included.
func told(l many.List) []string {
	var rows []string
	for _, r := range l.Rows {
		rows = append(rows, fmt.Sprint(r.Line, " ", r.OrgID, " ", r.Profile, " ", r.Token.Reveal()))
	}
	return rows
}

func TestListsAsPeopleHaveThem(t *testing.T) {
	t.Parallel()
	plain := []string{"2 " + orgA + "  one", "3 " + orgB + "  two"}
	for _, c := range []struct {
		name, csv string
		want      []string
	}{
		{"plain", "orgId,linkToken\n" + orgA + ",one\n" + orgB + ",two\n", plain},
		{"no end of line at the end", "orgId,linkToken\n" + orgA + ",one\n" + orgB + ",two", plain},
		{"byte order mark", "\ufefforgId,linkToken\n" + orgA + ",one\n" + orgB + ",two\n", plain},
		{"CRLF", "orgId,linkToken\r\n" + orgA + ",one\r\n" + orgB + ",two\r\n", plain},
		{"CR alone", "orgId,linkToken\r" + orgA + ",one\r" + orgB + ",two\r", plain},
		{"semicolons", "orgId;linkToken\n" + orgA + ";one\n" + orgB + ";two\n", plain},
		{"tabs", "orgId\tlinkToken\n" + orgA + "\tone\n" + orgB + "\ttwo\n", plain},
		{"header in another case, blanks around", " ORGID , LinkToken \n " + orgA + " ,one\n" + orgB + ",two\n", plain},
		{"id in upper case", "orgId,linkToken\n" + strings.ToUpper(orgA) + ",one\n" + orgB + ",two\n", plain},
		{"other order, a column that was emptied", "linkToken,,orgId\none,," + orgA + "\ntwo,," + orgB + "\n", plain},
		{"everything in quotes", "\"orgId\",\"linkToken\"\n\"" + orgA + "\",\"one\"\n\"" + orgB + "\",\"two\"\n", plain},
		{"blank lines and rows of nothing", "\n\norgId,linkToken\n\n,\n" + orgA + ",one\n , \n\n" + orgB + ",two\n,\n",
			[]string{"6 " + orgA + "  one", "9 " + orgB + "  two"}},
		{"quoted newlines", "orgId,linkToken\n" + orgA + ",\"one\n\"\n" + orgB + ",two\n", []string{"2 " + orgA + "  one", "4 " + orgB + "  two"}},
		{"tokens from everywhere, profiles", "orgId,profile,linkToken,linkTokenFile,linkTokenEnv\n" +
			orgA + ",berlin,one,,\n" + orgB + ",,,tokens/b,\n" + orgC + ",rome,,,TOKEN_C\n",
			[]string{"2 " + orgA + " berlin one", "3 " + orgB + "  filed", "4 " + orgC + " rome environment"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			list, err := many.ReadCSV([]byte(c.csv), tokens(map[string]string{"lists/tokens/b": "filed\n"}, map[string]string{"TOKEN_C": "environment"}))
			require.NoError(t, err)
			assert.Equal(t, c.want, told(list))
			assert.True(t, list.HoldsTokens)
		})
	}
}

// Who does not want the tokens is told nothing of what is wrong with them, and reads no file.
func TestAListWithoutItsTokens(t *testing.T) {
	t.Parallel()
	list, err := many.ReadCSV([]byte("orgId,linkTokenFile\n"+orgA+",nowhere\n"+orgB+",\n"), nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"2 " + orgA + "  ", "3 " + orgB + "  "}, told(list))
	assert.False(t, list.HoldsTokens)
	list, err = many.ReadCSV([]byte("orgId\n"+orgA+"\n"), nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"2 " + orgA + "  "}, told(list))
}

func TestJSONLists(t *testing.T) {
	t.Parallel()
	list, err := many.ReadJSON([]byte("\ufeff[\n  {\"orgId\": \""+orgA+"\", \"linkToken\": \"one\"},\n  {\n    \"profile\": \"rome\", \"orgId\": \""+
		strings.ToUpper(orgB)+"\", \"linkTokenEnv\": \"B\"}\n]\n"), tokens(nil, map[string]string{"B": "two"}))
	require.NoError(t, err)
	assert.Equal(t, []string{"2 " + orgA + "  one", "3 " + orgB + " rome two"}, told(list))
	assert.True(t, list.HoldsTokens)
}

func TestWhatAListBeginsWith(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]bool{
		"": false, "orgId,linkToken": false, "[": true, "{}": true, "\ufeff \r\n[{": true, "\n\torgId": false,
	} {
		assert.Equal(t, want, many.IsJSON([]byte(content)), "%q", content)
	}
}

const (
	wantColumns = "want orgId, one of linkToken, linkTokenFile and linkTokenEnv, and profile where rows have one"
	unknownName = "a name that is none of a list, and not repeated here, since it may be a token; " + wantColumns
	noID        = "not an organization id: it has 24 hexadecimal digits, like 5f7aac56b3a0b94bcdce6d8a"
)

func TestWrongCSV(t *testing.T) {
	t.Parallel()
	const head = "orgId,linkToken\n"
	for _, c := range []struct{ name, csv, want string }{
		{"empty", "", "there is no row in it; " + wantColumns},
		{"a header alone", head, "there is no row in it; " + wantColumns},
		{"no header", orgA + "," + canary + "\n", "line 1, column 1: the header has " + unknownName + "\nline 1, column 26: the header has " + unknownName},
		{"a token for a header", "orgId," + canary + "\n", "line 1, column 7: the header has " + unknownName},
		{"a header misspelt", "orgid,linkTokn\n", "line 1, column 7: the header has a name that is none of a list; did you mean linkToken?"},
		{"a column twice", "orgId,linkToken,ORGID\n", "line 1, column 17: the header has orgId twice; want it once"},
		{"no column of ids", "linkToken,profile\n", "line 1: the header has no column orgId; " + wantColumns},
		{"UTF-16", "\xff\xfeo\x00r\x00", "is UTF-16; save it as UTF-8, which spreadsheets call CSV UTF-8"},
		{"Latin-1", head + orgA + ",caf\xe9\n", "line 2, column 29: not UTF-8; save it as UTF-8, which spreadsheets call CSV UTF-8"},
		{"too few fields", head + orgA + "\n", "line 2: 1 field, where the header has 2; a field with a separator in it wants quotes"},
		{"too many fields", head + orgA + ",one," + canary + "\n", "line 2: 3 fields, where the header has 2; a field with a separator in it wants quotes"},
		{"a field below no name", "orgId,linkToken,\n" + orgA + ",one," + canary + "\n", "line 2, column 30: a field below no name; " + wantColumns},
		{"a quote inside", head + "é,a\"" + canary + "\n",
			"line 2, column 4: a quote is not closed, or stands inside a field; want a field with quotes in it in quotes, and those inside doubled (the row begins on line 2)"},
		{"a quote not closed", head + orgA + ",\"" + canary + "\n",
			"line 2, column 111: a quote is not closed, or stands inside a field; want a field with quotes in it in quotes, and those inside doubled (the row begins on line 2)"},
		{"no id", head + ",one\n", "line 2, orgId: missing; want the id of the source organization"},
		{"a token for an id", head + canary + ",one\n", "line 2, column 1, orgId: " + noID},
		{"a number", head + "5.7E+23,one\n", "line 2, column 1, orgId: a spreadsheet has made a number of the id and lost digits of it; format the column as text and put the ids in again"},
		{"a number of half of Europe", "orgId;linkToken\n5,7E+23;one\n", "line 2, column 1, orgId: a spreadsheet has made a number of the id and lost digits of it; format the column as text and put the ids in again"},
		{"an apostrophe", head + "'" + orgA + ",one\n", "line 2, column 1, orgId: an apostrophe is in front of it, which spreadsheets use to mark text; want the 24 hexadecimal digits alone"},
		{"a formula", head + "\"=\"\"" + orgA + "\"\"\",one\n", "line 2, column 1, orgId: a formula of a spreadsheet; want the 24 hexadecimal digits alone"},
		{"lost zeros", head + "5722222222222222222222,one\n",
			"line 2, column 1, orgId: 22 digits, where an id has 24: a spreadsheet takes zeros off the front of what it takes for a number; format the column as text and put the ids in again"},
		{"lost digits", head + orgA[1:] + ",one\n", "line 2, column 1, orgId: 23 hexadecimal digits, where an id has 24; copy it whole"},
		{"more digits", head + orgA + "0,one\n", "line 2, column 1, orgId: 25 hexadecimal digits, where an id has 24; copy it whole"},
		{"no token", head + orgA + ",\n", "line 2: no link-token; want one of linkToken, linkTokenFile and linkTokenEnv"},
		{"no column of tokens", "orgId\n" + orgA + "\n", "line 2: no link-token; want one of linkToken, linkTokenFile and linkTokenEnv"},
		{"two tokens", "orgId,linkToken,linkTokenEnv\n" + orgA + ",one,B\n", "line 2, column 30: linkToken and linkTokenEnv are given; want one of them"},
		{"a token that is none", head + orgA + ",one two\n", "line 2, column 26, linkToken: blank in it; want the token alone"},
		{"a token for a file", "orgId,linkTokenFile\n" + orgA + "," + canary + "\n", "line 2, column 26, linkTokenFile: no such file"},
		{"a token for a variable", "orgId,linkTokenEnv\n" + orgA + "," + canary + "\n",
			"line 2, column 26, linkTokenEnv: no such variable in the environment, or an empty one; its name is not repeated here, since it may be the token"},
		{"an organization twice", head + orgA + ",one\n" + orgB + ",two\n" + strings.ToUpper(orgA) + ",three\n",
			"line 4, column 1, orgId: organization " + orgA + " is on line 2 already; want each once"},
		{"a token twice", "orgId,linkToken,linkTokenEnv\n" + orgA + ",one,\n" + orgB + ",,ONE\n",
			"line 3, column 27: the link-token is that of line 2; generate one for each organization"},
		{"all at once, after a quoted newline", "orgId,linkToken\n" + orgA + ",\"one\n\"\nx,\n",
			"line 4: no link-token; want one of linkToken, linkTokenFile and linkTokenEnv\nline 4, column 1, orgId: " + noID},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			list, err := many.ReadCSV([]byte(c.csv), tokens(nil, map[string]string{"ONE": "one"}))
			require.EqualError(t, err, c.want)
			assert.Empty(t, list)
			assert.Empty(t, secret.Find([]byte(err.Error()), secret.New("link-token", canary)))
		})
	}
}

func TestWrongJSON(t *testing.T) {
	t.Parallel()
	row := func(more string) string { return "[{\"orgId\": \"" + orgA + "\", \"linkToken\": \"one\"" + more + "}]" }
	const array = "want an array of objects, like [{\"orgId\": …}]"
	for _, c := range []struct{ name, json, want string }{
		{"nothing", "", "line 1, column 1: no JSON from here on; " + array},
		{"an empty array", "[]", "there is no row in it; " + wantColumns},
		{"an object", "{\"orgId\": \"" + orgA + "\"}", "line 1, column 1: " + array},
		{"a token alone", "\"" + canary + "\"", "line 1, column 1: " + array},
		{"an array of texts", "[\"" + canary + "\",\n [[1], {}]]", "line 1, column 2: want an object, like {\"orgId\": …}\nline 2, column 2: want an object, like {\"orgId\": …}"},
		{"no JSON", "[{\"orgId\": " + canary + "}]", "line 1, column 12: no JSON from here on; " + array},
		{"cut off", "[\n{\"orgId\": \"" + orgA, "line 2, column 11: no JSON from here on; " + array},
		{"a comma at the end", "[{\"orgId\": \"" + orgA + "\", \"linkToken\": \"one\"},\n]", "line 2, column 1: no JSON from here on; " + array},
		{"something behind it", row("") + "\n" + canary, "line 2, column 1: something follows the array; want nothing behind it"},
		{"a token for a key", "[\n {\"orgId\": \"" + orgA + "\", \"" + canary + "\": \"x\"}]", "line 2, column 40: the object has " + unknownName},
		{"a key in another case", "[{\"orgid\": \"" + orgA + "\"}]", "line 1, column 3: the object has a name that is none of a list; did you mean orgId?"},
		{"a key twice", row(",\n\"linkToken\": \"" + canary + "\""), "line 2, column 1: the object has linkToken twice; want it once"},
		{"a number", "[{\"orgId\": 570000000000000000000000, \"linkToken\": \"one\"}]", "line 1, column 12, orgId: want a string"},
		{"null", row(", \"profile\": null"), "line 1, column 71, profile: want a string"},
		{"a list", row(", \"profile\": [\"" + canary + "\"]"), "line 1, column 71, profile: want a string"},
		{"half of a surrogate pair", "[{\"orgId\": \"" + orgA + "\", \"linkToken\": \"\\ud800\"}]",
			"line 1, column 53, linkToken: a character of it is lost (half of a surrogate pair, or U+FFFD); want it as it was"},
		{"no id", "[{\"linkToken\": \"one\"},\n {\"orgId\": \"\", \"linkToken\": \"two\"}]",
			"line 1, orgId: missing; want the id of the source organization\nline 2, orgId: missing; want the id of the source organization"},
		{"an id in a text of two bytes a letter", "[{\"profile\": \"é\", \"orgId\": \"x\", \"linkToken\": \"one\"}]", "line 1, column 28, orgId: " + noID},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			list, err := many.ReadJSON([]byte(c.json), tokens(nil, nil))
			require.EqualError(t, err, c.want)
			assert.Empty(t, list)
			assert.Empty(t, secret.Find([]byte(err.Error()), secret.New("link-token", canary)))
		})
	}
}

func TestNotEveryProblemIsTold(t *testing.T) {
	t.Parallel()
	_, err := many.ReadCSV([]byte("orgId\n"+strings.Repeat("x\n", 23)), nil)
	var lines []string
	for line := range 20 {
		lines = append(lines, fmt.Sprintf("line %d, column 1, orgId: %s", line+2, noID))
	}
	require.EqualError(t, err, strings.Join(append(lines, "and 3 more problems"), "\n"))
}
