package har_test

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/checker/har"
	"github.com/migrationlink/migrationlink/internal/secret"
)

const hidden = "canarycnonce00000000"

func TestMalformedRecordingsAreRefusedWithThePlace(t *testing.T) {
	t.Parallel()
	c := newChecker(t)
	const good = `{"request":{"method":"GET","url":"https://h/"},"response":{"status":200}}`
	for name, test := range map[string]struct{ har, want string }{
		"empty":                  {``, "the recording ends too early, after byte 0; want the whole file, export it again"},
		"an array":               {`[]`, "the recording at byte 1 is not what HAR 1.2 has: want an object with log"},
		"a string":               {`"` + hidden + `"`, "the recording at byte 22 is not what HAR 1.2 has: want an object with log"},
		"no log":                 {`{"` + hidden + `":1}`, `the recording has no log; want HAR 1.2: {"log": {"version": "1.2", "entries": [...]}}`},
		"a log that is none":     {`{"log":7}`, "log at byte 8 is not what HAR 1.2 has: want an object"},
		"no entries":             {`{"log":{"version":"1.2"}}`, "the recording has no log.entries; want the array of exchanges that HAR 1.2 has there"},
		"entries that are none":  {`{"log":{"entries":{}}}`, "log.entries at byte 19 is not what HAR 1.2 has: want an array"},
		"another version":        {`{"log":{"version":"2.0","entries":[]}}`, "log.version is another than 1.1 or 1.2, which are read here; export the recording as HAR 1.2"},
		"a version as number":    {`{"log":{"version":1.2,"entries":[]}}`, "byte 21: log.version is not what HAR 1.2 has: want a string"},
		"not JSON":               {`<html>` + hidden, "the recording is not JSON, from byte 1 on; want HAR 1.2 as it was exported"},
		"not JSON in an entry":   {`{"log":{"entries":[` + good + `, {"request":` + hidden, "entry 2 is not JSON, from byte 106 on; want HAR 1.2 as it was exported"},
		"not JSON in between":    {`{"log":{"entries":[` + good + ` ` + hidden, "entry 2 is not JSON, from byte 94 on; want HAR 1.2 as it was exported"},
		"not JSON passed over":   {`{"log":{"_x":{"a":` + hidden, "the recording is not JSON, from byte 19 on; want HAR 1.2 as it was exported"},
		"cut in an entry":        {`{"log":{"entries":[` + good + `,{"request":"` + hidden, "the recording, in entry 2 or after it, ends too early, after byte 125; want the whole file, export it again"},
		"cut after an entry":     {`{"log":{"entries":[` + good, "the recording, in entry 1 or after it, ends too early, after byte 92; want the whole file, export it again"},
		"two recordings":         {`{"log":{"entries":[]}} {"` + hidden + `":1}`, "the recording goes on after its JSON value, which ends at byte 22; want one recording a file"},
		"an entry that is none":  {`{"log":{"entries":["` + hidden + `"]}}`, "entry 1, which ends at byte 41: it is not what HAR 1.2 has: want an object"},
		"an entry that is null":  {`{"log":{"entries":[null]}}`, "entry 1, which ends at byte 23: request.method is missing; want the name of a method"},
		"no URL":                 {`{"log":{"entries":[{"request":{"method":"GET"}}]}}`, "entry 1, which ends at byte 47: request.url is missing; want an absolute URL"},
		"a status in words":      {`{"log":{"entries":[` + good + `,{"response":{"status":"` + hidden + `"}}]}}`, "entry 2, which ends at byte 139: response.status is not what HAR 1.2 has: want a number"},
		"headers as an object":   {`{"log":{"entries":[{"request":{"headers":{"` + hidden + `":"x"}}}]}}`, "entry 1, which ends at byte 71: request.headers is not what HAR 1.2 has: want an array"},
		"a header as a number":   {`{"log":{"entries":[{"response":{"headers":[{"name":"x","value":1}]}}]}}`, "entry 1, which ends at byte 68: response.headers.value is not what HAR 1.2 has: want a string"},
		"UTF-16":                 {"\xff\xfe{\x00", "the recording is UTF-16; want UTF-8, as HAR 1.2 has it"},
		"compressed":             {"\x1f\x8b\x08", "the recording is compressed; want it unpacked: the JSON of HAR 1.2"},
		"a mark and then no log": {"\xef\xbb\xbf[]", "the recording at byte 4 is not what HAR 1.2 has: want an object with log"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, r := range []io.Reader{strings.NewReader(test.har), iotest.OneByteReader(strings.NewReader(test.har))} {
				_, err := har.Read(r, c, har.Options{})
				require.EqualError(t, err, test.want)
				assert.Empty(t, secret.Find([]byte(err.Error()), canaries...))
			}
		})
	}
}

func TestAnErrorOfTheFileIsPassedOn(t *testing.T) {
	t.Parallel()
	broken := errors.New("input/output error")
	for _, start := range []string{``, `{"log":{"entries":[`, `{"log":{"entries":[]}}`} {
		_, err := har.Read(io.MultiReader(strings.NewReader(start), iotest.ErrReader(broken)), newChecker(t), har.Options{})
		require.ErrorIs(t, err, broken, start)
	}
}

func TestARecordingWithinTheLimit(t *testing.T) {
	t.Parallel()
	const recording = `{"log":{"entries":[]}}`
	c := newChecker(t)
	_, err := har.Read(strings.NewReader(recording), c, har.Options{Limit: int64(len(recording))})
	require.NoError(t, err)
	for limit := range int64(len(recording)) {
		if limit == 0 {
			continue // is the default
		}
		_, err := har.Read(strings.NewReader(recording), c, har.Options{Limit: limit})
		require.EqualError(t, err, fmt.Sprintf("the recording is larger than %d bytes; record less, or export the API's requests alone", limit))
	}
}

// filler gives n bytes of x.
func filler(n int64) io.Reader { return io.LimitReader(xs{}, n) }

type xs struct{}

func (xs) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestAValueThatIsTooLargeIsRefused(t *testing.T) {
	t.Parallel()
	c := newChecker(t)
	for want, start := range map[string]string{
		"entry 1 has a value of more than 4096 bytes, after byte 19; take it out of the recording":       `{"log":{"entries":[{"request":{"method":"`,
		"the recording has a value of more than 4096 bytes, after byte 13; take it out of the recording": `{"log":{"_x":"`,
	} {
		_, err := har.Read(io.MultiReader(strings.NewReader(start), filler(5000)), c, har.Options{EntryLimit: 4096})
		require.EqualError(t, err, want)
	}
}

// Many entries need no more memory than one.
func TestALargeRecordingIsReadEntryByEntry(t *testing.T) {
	const entries, size = 64, 1 << 18
	parts := []io.Reader{strings.NewReader(`{"log":{"entries":[`)}
	for i := range entries {
		separator := ","
		if i == 0 {
			separator = ""
		}
		parts = append(parts,
			strings.NewReader(separator+`{"request":{"method":"GET","url":"https://h/"},"response":{"status":200,"content":{"text":"`),
			filler(size), strings.NewReader(`"}}}`))
	}
	parts = append(parts, strings.NewReader(`]}}`))
	input := &peak{Reader: io.MultiReader(parts...)}

	r, err := har.Read(input, newChecker(t), har.Options{})

	require.NoError(t, err)
	require.Len(t, r.LeftOut, 1)
	assert.Len(t, r.LeftOut[0].Numbers, entries)
	assert.Greater(t, input.read, int64(entries*size))
	assert.Less(t, input.heap, uint64(8<<20), "bytes in use at most")
}

// peak watches the heap while it is read.
type peak struct {
	io.Reader
	read, next int64
	heap       uint64
}

func (p *peak) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	p.read += int64(n)
	if p.read >= p.next {
		p.next += 1 << 20
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		p.heap = max(p.heap, stats.HeapAlloc)
	}
	return n, err
}
