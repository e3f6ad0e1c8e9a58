package many

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/migrationlink/migrationlink/internal/count"
	"github.com/migrationlink/migrationlink/internal/spelling"
)

// readCSV reads the rows below a header, RFC 4180 with other separators and ends of lines. Rows without any text are passed over: spreadsheets leave
// such behind.
func readCSV(content []byte) ([]record, Problems) {
	if !bytes.ContainsRune(content, '\n') { // as spreadsheets on old Macs write it
		content = bytes.ReplaceAll(content, []byte("\r"), []byte("\n"))
	}
	t := &table{reader: csv.NewReader(bytes.NewReader(content)), lines: bytes.Split(content, []byte("\n"))}
	t.reader.Comma, t.reader.FieldsPerRecord = separator(content), -1
	header, places, wrong := t.next()
	if wrong != nil || header == nil {
		return nil, wrong
	}
	names, problems := readHeader(header, places)
	if len(problems) > 0 {
		return nil, problems
	}
	var all []record
	for {
		fields, places, wrong := t.next()
		problems = append(problems, wrong...)
		if wrong != nil || fields == nil {
			return all, problems
		}
		if len(fields) != len(names) {
			problems = append(problems, Problem{place{line: places[0].line}, "", fmt.Sprintf(
				"%s, where the header has %d; a field with a separator in it wants quotes", count.Of(len(fields), "field"), len(names))})
			continue
		}
		r := record{place: place{line: places[0].line}, cells: make(map[string]cell)}
		for i, name := range names {
			switch text := trimmed(name, fields[i]); {
			case text == "":
			case name == "":
				problems = append(problems, Problem{places[i], "", "a field below no name; " + wantColumns})
			default:
				r.cells[name] = cell{places[i], text}
			}
		}
		all = append(all, r)
	}
}

// trimmed takes blanks off, which nobody sees in a spreadsheet. What is wrong with a token is said where it is read.
func trimmed(column, text string) string {
	if column == columnToken && strings.TrimSpace(text) != "" {
		return text
	}
	return strings.TrimSpace(text)
}

// separator is what the first line with text has: the names of columns contain none.
func separator(content []byte) rune {
	first, _, _ := bytes.Cut(bytes.TrimLeft(content, "\r\n"), []byte("\n"))
	for _, r := range ",;\t" {
		if bytes.ContainsRune(first, r) {
			return r
		}
	}
	return ','
}

// table reads rows with their places.
type table struct {
	reader *csv.Reader
	lines  [][]byte
}

// next is the next row with text in it; nil at the end.
func (t *table) next() ([]string, []place, Problems) {
	for {
		fields, err := t.reader.Read()
		if errors.Is(err, io.EOF) {
			return nil, nil, nil
		}
		var wrong *csv.ParseError
		if errors.As(err, &wrong) {
			return nil, nil, Problems{{t.place(wrong.Line, wrong.Column), "", fmt.Sprintf(
				"a quote is not closed, or stands inside a field; want a field with quotes in it in quotes, and those inside doubled (the row begins on line %d)", wrong.StartLine)}}
		}
		if err != nil {
			return nil, nil, Problems{{text: err.Error()}}
		}
		if !slices.ContainsFunc(fields, func(s string) bool { return strings.TrimSpace(s) != "" }) {
			continue
		}
		places := make([]place, len(fields))
		for i := range fields {
			places[i] = t.place(t.reader.FieldPos(i))
		}
		return fields, places, nil
	}
}

// place counts characters where encoding/csv counts bytes.
func (t *table) place(line, column int) place {
	if line < 1 || line > len(t.lines) {
		return place{line: line}
	}
	return place{line, len([]rune(string(t.lines[line-1][:min(column-1, len(t.lines[line-1]))]))) + 1}
}

// readHeader finds the columns, in upper or lower case. A name that is none is not repeated: without a header it is a token, perhaps.
func readHeader(header []string, places []place) ([]string, Problems) {
	var names []string
	var wrong Problems
	for i, given := range header {
		if strings.TrimSpace(given) == "" { // spreadsheets keep columns that were emptied
			names = append(names, "")
			continue
		}
		name, problem := columnNamed(strings.TrimSpace(given), strings.EqualFold)
		switch {
		case problem != "":
			wrong = append(wrong, Problem{places[i], "", "the header has " + problem})
		case slices.Contains(names, name):
			wrong = append(wrong, Problem{places[i], "", "the header has " + name + " twice; want it once"})
		}
		names = append(names, name)
	}
	if len(wrong) == 0 && !slices.Contains(names, columnOrgID) {
		wrong = append(wrong, Problem{place{line: places[0].line}, "", "the header has no column orgId; " + wantColumns})
	}
	return names, wrong
}

// columnNamed is the column of a name, or what is wrong with the name.
func columnNamed(given string, same func(a, b string) bool) (name, wrong string) {
	for _, column := range columns {
		if same(column, given) {
			return column, ""
		}
	}
	if given == "" {
		return "", "a name that is empty; " + wantColumns
	}
	if near := spelling.Nearest(given, columns); near != "" {
		return "", "a name that is none of a list; did you mean " + near + "?"
	}
	return "", "a name that is none of a list, and not repeated here, since it may be a token; " + wantColumns
}
