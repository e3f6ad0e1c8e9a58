package har

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/migrationlink/migrationlink/checker"
)

// Read reads a file entry by entry and keeps what c can judge: entries with a path of its contract, whatever the host, and those that were
// answered 404 under one of its base paths, whose path may be misspelt. Other paths there are other resources of the API.
//
// The error says at which entry or byte (the first is 1) the file is not HAR, and what would be.
func Read(r io.Reader, c *checker.Checker, o Options) (Recording, error) {
	if o.Limit <= 0 {
		o.Limit = DefaultLimit
	}
	if o.EntryLimit <= 0 {
		o.EntryLimit = DefaultEntryLimit
	}
	input := bufio.NewReader(&bounded{from: r, left: o.Limit, limit: o.Limit})
	skipped, err := start(input)
	if err != nil {
		return Recording{}, err
	}
	f := file{skipped: skipped, selection: newSelection(c, o.Host)}
	f.window = window{from: input, limit: o.EntryLimit}
	f.dec = json.NewDecoder(&f.window)
	if err := f.read(); err != nil {
		return Recording{}, err
	}
	return f.selection.recording(), nil
}

// start takes off the byte order mark, which a reader has to ignore, and names what is often given in place of a HAR file.
func start(input *bufio.Reader) (skipped int64, err error) {
	first, err := input.Peek(3)
	if limit := limitError(err); limit != nil {
		return 0, limit
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, fmt.Errorf("read the recording: %w", err)
	}
	switch {
	case bytes.HasPrefix(first, []byte("\xef\xbb\xbf")):
		n, err := input.Discard(3)
		return int64(n), err
	case bytes.HasPrefix(first, []byte("\x1f\x8b")), bytes.HasPrefix(first, []byte("\x78\xda")), bytes.HasPrefix(first, []byte("PK")):
		return 0, errors.New("the recording is compressed; want it unpacked: the JSON of HAR 1.2")
	case bytes.HasPrefix(first, []byte("\xff\xfe")), bytes.HasPrefix(first, []byte("\xfe\xff")):
		return 0, errors.New("the recording is UTF-16; want UTF-8, as HAR 1.2 has it")
	}
	return 0, nil
}

// file is one that is being read.
type file struct {
	dec       *json.Decoder
	window    window
	skipped   int64
	selection *selection
	// number of the entry that is being read; 0 outside of log.entries
	number             int
	hasLog, hasEntries bool
}

func (f *file) read() error {
	err := f.object("the recording", "an object with log", func(name string) error {
		if name != "log" {
			return f.skip()
		}
		f.hasLog = true
		return f.object("log", "an object", f.logField)
	})
	switch {
	case err != nil:
		return err
	case !f.hasLog:
		return errors.New("the recording has no log; want HAR 1.2: {\"log\": {\"version\": \"1.2\", \"entries\": [...]}}")
	case !f.hasEntries:
		return errors.New("the recording has no log.entries; want the array of exchanges that HAR 1.2 has there")
	}
	end := f.position()
	f.window.next(f.dec.InputOffset())
	var syntax *json.SyntaxError
	switch _, err := f.dec.Token(); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil && !errors.As(err, &syntax):
		return f.failure(err)
	default:
		return fmt.Errorf("the recording goes on after its JSON value, which ends at byte %d; want one recording a file", end)
	}
}

// logField reads one field of log. Those that nothing is judged by are passed over.
func (f *file) logField(name string) error {
	switch name {
	case "version":
		var version *string
		if err := f.value("log.version", &version); err != nil {
			return err
		}
		// One that is missing or empty is 1.1 (HAR 1.2, log).
		if version != nil && *version != "" && *version != "1" && !strings.HasPrefix(*version, "1.") {
			return errors.New("log.version is another than 1.1 or 1.2, which are read here; export the recording as HAR 1.2")
		}
		return nil
	case "entries":
		f.hasEntries = true
		return f.entries()
	}
	return f.skip()
}

func (f *file) entries() error {
	if err := f.open('[', "log.entries", "an array"); err != nil {
		return err
	}
	for f.more() {
		f.number++
		var raw json.RawMessage
		if err := f.value("", &raw); err != nil {
			return err
		}
		if err := f.entry(raw); err != nil {
			return err
		}
	}
	if err := f.end(); err != nil {
		return err
	}
	f.number = 0
	return nil
}

// entry reads an entry. One of another host or path is not read beyond its address: whatever else is in it refuses no file.
func (f *file) entry(raw []byte) error {
	f.selection.linkToken = f.selection.linkToken || holdsLinkToken(raw)
	var asked struct {
		Request struct {
			Method string `json:"method"`
			URL    string `json:"url"`
		} `json:"request"`
	}
	if json.Unmarshal(raw, &asked) == nil && asked.Request.URL != "" && !f.selection.isOurs(f.number, asked.Request.Method, asked.Request.URL) {
		return nil
	}
	var e entry
	if err := json.Unmarshal(raw, &e); err != nil {
		return f.mismatch("", err)
	}
	if err := e.complete(); err != nil {
		return fmt.Errorf("%s: %w", f.where(), err)
	}
	f.selection.add(f.number, e)
	return nil
}

// object reads an object, field by field.
func (f *file) object(what, want string, field func(name string) error) error {
	if err := f.open('{', what, want); err != nil {
		return err
	}
	for f.more() {
		token, err := f.dec.Token()
		if err != nil {
			return f.failure(err)
		}
		name, _ := token.(string) // encoding/json lets nothing else be a name
		if err := field(name); err != nil {
			return err
		}
	}
	return f.end()
}

func (f *file) open(delimiter json.Delim, what, want string) error {
	f.window.next(f.dec.InputOffset())
	token, err := f.dec.Token()
	if err != nil {
		return f.failure(err)
	}
	if token != delimiter {
		return fmt.Errorf("%s at byte %d is not what HAR 1.2 has: want %s", what, f.position(), want)
	}
	return nil
}

func (f *file) more() bool {
	f.window.next(f.dec.InputOffset())
	return f.dec.More()
}

func (f *file) end() error {
	if _, err := f.dec.Token(); err != nil {
		return f.failure(err)
	}
	return nil
}

// value decodes one value. name is that of a single field, and empty for an entry.
func (f *file) value(name string, to any) error {
	f.window.next(f.dec.InputOffset())
	return f.mismatch(name, f.dec.Decode(to))
}

// mismatch says which value has another type than HAR 1.2 has there. Other errors are those of the JSON.
func (f *file) mismatch(name string, err error) error {
	var mismatch *json.UnmarshalTypeError
	if !errors.As(err, &mismatch) {
		return f.failure(err)
	}
	// Field is made of the names that are declared here, none of the file.
	field := strings.TrimSuffix(name+"."+mismatch.Field, ".")
	return fmt.Errorf("%s: %s is not what HAR 1.2 has: want %s", f.where(), cmp.Or(strings.TrimPrefix(field, "."), "it"), kind(mismatch.Type))
}

// kind is the JSON type that a Go type is decoded from.
func kind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Float64:
		return "a number"
	case reflect.Slice:
		return "an array"
	default:
		return "an object"
	}
}

func (f *file) skip() error { return f.value("", new(ignored)) }

// ignored takes any value and keeps nothing of it.
type ignored struct{}

// UnmarshalJSON implements json.Unmarshaler.
func (*ignored) UnmarshalJSON([]byte) error { return nil }

// position is the number of the byte that was read last; the first of the file is 1.
func (f *file) position() int64 { return f.skipped + f.dec.InputOffset() }

// where is the entry that is being read, or the place in the file.
func (f *file) where() string {
	if f.number > 0 {
		return fmt.Sprintf("entry %d, which ends at byte %d", f.number, f.position())
	}
	return fmt.Sprintf("byte %d", f.position())
}

// failure says where the JSON ends too early, is none, or is too large. The text of encoding/json is left out, since it repeats characters.
func (f *file) failure(err error) error {
	if err == nil {
		return nil
	}
	in := "the recording"
	if f.number > 0 {
		in = fmt.Sprintf("entry %d", f.number)
	}
	if limit := limitError(err); limit != nil {
		return limit
	}
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, errLargeValue):
		return fmt.Errorf("%s has a value of more than %d bytes, after byte %d; take it out of the recording", in, f.window.limit, f.position())
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		if f.number > 0 {
			in = fmt.Sprintf("the recording, in entry %d or after it,", f.number)
		}
		return fmt.Errorf("%s ends too early, after byte %d; want the whole file, export it again", in, f.skipped+f.window.total)
	case errors.As(err, &syntax):
		return fmt.Errorf("%s is not JSON, from byte %d on; want HAR 1.2 as it was exported", in, f.syntaxAt())
	default:
		return fmt.Errorf("read the recording: %w", err)
	}
}

// syntaxAt is the byte that is not JSON. The offset in the error of a decoder that was asked for tokens too counts values alone, so the
// rest is read again.
func (f *file) syntaxAt() int64 {
	var syntax *json.SyntaxError
	rest := f.dec.Buffered()
	if err := json.NewDecoder(rest).Decode(new(ignored)); errors.As(err, &syntax) {
		return f.position() + syntax.Offset
	}
	return f.position() + 1
}
