package har_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/migrationlink/migrationlink/checker/har"
)

// Whatever the file, it is read or refused, every entry is accounted for once, and what is kept can be judged.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.har")
	if err != nil || len(files) == 0 {
		f.Fatal("no recordings", err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		// One entry each: the fuzzer makes little of long inputs.
		var file struct{ Log struct{ Entries []object } }
		if err := json.Unmarshal(bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")), &file); err != nil {
			f.Fatal(err)
		}
		for _, entry := range file.Log.Entries {
			f.Add([]byte(recording(f, entry)))
		}
	}
	entry, _, _ := connect()
	f.Add([]byte(recording(f, entry)))
	f.Add([]byte(recording(f, entry, entry)))
	c := newChecker(f)
	f.Fuzz(func(t *testing.T, content []byte) {
		r, err := har.Read(bytes.NewReader(content), c, har.Options{Limit: 1 << 20})
		if err != nil {
			return
		}
		seen := make(map[int]bool)
		once := func(number int) {
			if seen[number] || number < 1 {
				t.Errorf("entry %d is told of twice, or is none", number)
			}
			seen[number] = true
		}
		for _, left := range r.LeftOut {
			for _, number := range left.Numbers {
				once(number)
			}
		}
		for _, recorded := range r.Exchanges {
			once(recorded.Number)
			c.Judge(recorded.Exchange)
		}
		for number := 1; number <= len(seen); number++ {
			if !seen[number] {
				t.Errorf("entry %d is missing", number)
			}
		}
	})
}
