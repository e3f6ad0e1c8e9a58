package bulk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/many"
	"github.com/migrationlink/migrationlink/internal/readfile"
)

// maxList is how much of a list is read; package many refuses one that is larger.
const maxList = 64<<20 + 1

// readList reads a list of organizations, with the link-tokens that it leads to if they are wanted. No error shows any of them.
func readList(ctx context.Context, p console.Process, from string, tokens bool) (many.List, error) {
	list, err := console.Interruptible(ctx, func() (many.List, error) { return readListFrom(p, from, tokens) })
	if ctx.Err() != nil {
		return many.List{}, console.ErrInterrupted
	}
	return list, err
}

func readListFrom(p console.Process, from string, tokens bool) (many.List, error) {
	content, info, err := listContent(p, from)
	if err != nil {
		return many.List{}, err
	}
	read := many.ReadCSV
	if strings.EqualFold(filepath.Ext(from), ".json") || from == "-" && many.IsJSON(content) {
		read = many.ReadJSON
	}
	var source *many.Tokens
	var open []int // lines whose token file others can read
	if tokens {
		source = &many.Tokens{Folder: filepath.Dir(from), Parse: console.ParseToken, LookupEnv: p.LookupEnv, ReadFile: func(name string, line int) ([]byte, error) {
			var warning bytes.Buffer
			content, err := console.ReadTokenFile(&warning, name)
			if warning.Len() > 0 {
				open = append(open, line)
			}
			return content, err
		}}
	}
	list, err := read(content, source)
	if err != nil {
		return many.List{}, listError(err)
	}
	if list.HoldsTokens && info != nil {
		console.WarnOthersRead(p.Stderr, "list, which has link-tokens in it", info)
	}
	if len(open) > 0 {
		fmt.Fprintf(p.Stderr, "warning: others can read the token files of %s; chmod 600 keeps them to yourself\n", onLines(open))
	}
	return list, nil
}

// listContent reads the file, or standard input, which has no FileInfo. The file's name is kept out of errors: it may be a link-token, given in the
// wrong place.
func listContent(p console.Process, from string) ([]byte, fs.FileInfo, error) {
	if from == "-" {
		if p.OnTerminal() {
			return nil, nil, console.Usagef("--from -: standard input is a terminal; want a list that comes from a pipe or a file")
		}
		content, err := io.ReadAll(io.LimitReader(p.Stdin, maxList))
		if err != nil {
			return nil, nil, console.Usagef("--from -: %w", err)
		}
		return content, nil, nil
	}
	if ext := strings.ToLower(filepath.Ext(from)); ext != ".csv" && ext != ".json" {
		return nil, nil, console.Usagef("--from: want the name of a file that ends in .csv or .json, or - for standard input")
	}
	f, err := os.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, console.Usagef("--from: no such file")
	}
	if err != nil {
		return nil, nil, console.Usagef("--from: %w", readfile.WithoutPath(err))
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, console.Usagef("--from: %w", readfile.WithoutPath(err))
	}
	content, err := io.ReadAll(io.LimitReader(f, maxList))
	if err != nil {
		return nil, nil, console.Usagef("--from: %w", readfile.WithoutPath(err))
	}
	return content, info, nil
}

// maxLines is how many lines of a list are named in a row.
const maxLines = 10

// onLines names lines: line 8; lines 8 and 9; lines 1, 2, …, 10 and 30 more.
func onLines(lines []int) string {
	named := make([]string, 0, maxLines)
	for _, line := range lines[:min(len(lines), maxLines)] {
		named = append(named, fmt.Sprint(line))
	}
	if len(lines) == 1 {
		return "line " + named[0]
	}
	last := named[len(named)-1]
	if more := len(lines) - maxLines; more > 0 {
		return fmt.Sprintf("lines %s and %d more", strings.Join(named, ", "), more)
	}
	return "lines " + strings.Join(named[:len(named)-1], ", ") + " and " + last
}
