package many_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/internal/many"
	"github.com/migrationlink/migrationlink/internal/secret"
	"github.com/migrationlink/migrationlink/server/fault"
)

func TestAFileThatIsRefusedIsNotChanged(t *testing.T) {
	t.Parallel()
	const (
		notOurs = "not a results file of this command; give another name, or one that is not there yet. It was not changed"
		noLine  = "; give another name, or take the line out. It was not changed"
	)
	for _, c := range []struct{ name, content, want string }{
		{"a list", "orgId,linkToken\n" + orgA + "," + canary + "\n", notOurs},
		{"a word", "x", notOurs},
		{"JSON of something else", "{\"format\":\"something else\",\"version\":1}\n", notOurs},
		{"the beginning of another header", headerLine[:30] + "x", notOurs},
		{"a later version", strings.Replace(headerLine, "1", "2", 1) + "\n{\"new\":true}\n", "of version 2, and this command knows version 1; use the one that wrote it. It was not changed"},
		{"of a disconnect", strings.Replace(headerLine, "connect", "disconnect", 1) + "\n", "the results of another operation than connect; give each a file of its own. It was not changed"},
		{"a line of something else", headerLine + "\n" + canary + "\n", "line 2 is none of a results file: no object of JSON with the fields that it should have" + noLine},
		{"two objects in a line", headerLine + "\n" + outcomeOf("failed") + outcomeOf("failed") + "\n", "line 2 is none of a results file: no object of JSON with the fields that it should have" + noLine},
		{"a field too many", headerLine + "\n" + strings.Replace(outcomeOf("failed"), "}", ",\"x\":1}", 1) + "\n",
			"line 2 is none of a results file: no object of JSON with the fields that it should have" + noLine},
		{"an outcome of another operation", headerLine + "\n" + outcomeOf("failed") + "\n" + outcomeOf("disconnected") + "\n",
			"line 3 is none of a results file: neither an intent nor an outcome of connect" + noLine},
		{"no organization", headerLine + "\n" + strings.Replace(outcomeOf("failed"), orgA, canary, 1) + "\n", "line 2 is none of a results file: orgId: " + noID + noLine},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			name := filepath.Join(t.TempDir(), "results.jsonl")
			require.NoError(t, os.WriteFile(name, []byte(c.content), 0o600))
			_, err := many.OpenResults(name, migrationlink.OperationConnect)
			require.EqualError(t, err, c.want)
			_, err = many.LookAtResults(name, migrationlink.OperationConnect)
			require.EqualError(t, err, c.want)
			content, err := os.ReadFile(name)
			require.NoError(t, err)
			assert.Equal(t, c.content, string(content))
		})
	}
	_, err := many.OpenResults(t.TempDir(), migrationlink.OperationConnect)
	require.EqualError(t, err, "no regular file; want one, or a name that is not there yet")
	_, err = many.OpenResults(filepath.Join(t.TempDir(), "none", "results.jsonl"), migrationlink.OperationConnect)
	require.EqualError(t, err, "its directory does not exist; make that first")
}

// A run that ended while it made the file has left a file that is as good as none.
func TestAFileThatWasHardlyBegun(t *testing.T) {
	t.Parallel()
	for n := range len(headerLine) {
		name := filepath.Join(t.TempDir(), "results.jsonl")
		require.NoError(t, os.WriteFile(name, []byte(headerLine[:n]), 0o600))
		r, err := many.OpenResults(name, migrationlink.OperationConnect)
		require.NoError(t, err)
		assert.Equal(t, n > 0, r.Repaired())
		assert.False(t, r.Resumed())
		require.NoError(t, r.Close())
		content, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.Equal(t, headerLine+"\n", string(content))
	}
}

// Looking takes nothing off, and makes no file.
func TestLooking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r, err := many.LookAtResults(w.file, migrationlink.OperationConnect)
	require.NoError(t, err)
	assert.False(t, r.Resumed())
	assert.NoFileExists(t, w.file)
	w.writes(headerLine, outcomeOf("connected"), "cut off")
	before := w.kept()
	r, err = many.LookAtResults(w.file, migrationlink.OperationConnect)
	require.NoError(t, err)
	assert.True(t, r.Resumed())
	assert.Equal(t, before, w.kept())
	require.NoError(t, r.Close())
}

func TestASecondRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.run(migrationlink.OperationConnect)
	_, err := many.OpenResults(w.file, migrationlink.OperationConnect)
	require.EqualError(t, err, "in use by another run; wait for its end, or give another name. Nothing was sent")
	require.ErrorIs(t, err, many.ErrInUse)
	_, err = many.LookAtResults(w.file, migrationlink.OperationConnect)
	require.NoError(t, err, "looking disturbs nobody")
	require.NoError(t, first.Results.Close())
	assert.Equal(t, []string{"connected", "connected", "connected"}, outcomes(w.whole(migrationlink.OperationConnect)))
}

func TestForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole(migrationlink.OperationConnect)
	info, err := os.Stat(w.file)
	require.NoError(t, err)
	if runtime.GOOS != "windows" {
		assert.Equal(t, fs.FileMode(0o600), info.Mode().Perm())
	}
}

// What a run is told of the list and the file as they do not fit.
func TestTheListHasChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole(migrationlink.OperationConnect)
	w.rows[0].Token = migrationlink.NewLinkToken("another")
	w.rows = w.rows[:2]
	r := w.run(migrationlink.OperationConnect)
	assert.True(t, r.Items[0].OtherToken())
	assert.False(t, r.Items[1].OtherToken())
	assert.Equal(t, []migrationlink.OrgID{orgC}, r.Results.Missing(w.rows))

	_, err := many.NewItems(w.rows, func(many.Row) many.Server { return many.Server{Address: "https://elsewhere.example"} }, r.Results)
	assert.ErrorContains(t, err, "line 2: organization "+orgA+" is in the results file, line ")
	assert.ErrorContains(t, err, ", as one of "+w.URL+"; want another results file for https://elsewhere.example\nline 3: organization "+orgB)
}

// schema is docs/results.schema.json, judged as JSON Schema 2020-12. Its definitions are put in their places, since kin-openapi finds none in $defs.
func schema(t *testing.T) (judge func(line []byte) error, definitions map[string]map[string]any) {
	t.Helper()
	content, err := os.ReadFile("../../docs/results.schema.json")
	require.NoError(t, err)
	var plain map[string]any
	require.NoError(t, json.Unmarshal(content, &plain))
	defs := plain["$defs"].(map[string]any)
	var resolve func(v any) any
	resolve = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				return resolve(defs[strings.TrimPrefix(ref, "#/$defs/")])
			}
			for name, inner := range v {
				v[name] = resolve(inner)
			}
		case []any:
			for i, inner := range v {
				v[i] = resolve(inner)
			}
		}
		return v
	}
	resolved, err := json.Marshal(resolve(map[string]any{"oneOf": plain["oneOf"]}))
	require.NoError(t, err)
	var s openapi3.Schema
	require.NoError(t, json.Unmarshal(resolved, &s))
	definitions = make(map[string]map[string]any)
	for name, def := range defs {
		definitions[name] = def.(map[string]any)
	}
	return func(line []byte) error {
		var value any
		require.NoError(t, json.Unmarshal(line, &value))
		return s.VisitJSON(value, openapi3.EnableJSONSchema2020())
	}, definitions
}

// Everything that runs write is what the schema says, and what the schema says is written by some.
func TestTheSchemaOfResults(t *testing.T) {
	t.Parallel()
	judge, definitions := schema(t)
	w := newWorld(t, connected(1))
	w.Fault(fault.On(migrationlink.OperationConnect).Next(1).Do(fault.Empty).At(fault.AfterEffect))
	w.Fault(fault.On(migrationlink.OperationConnect).Next(1).Error("ACCESS_FORBIDDEN"))
	w.whole(migrationlink.OperationConnect)
	kept := w.kept()
	w.file = filepath.Join(t.TempDir(), "disconnect.jsonl")
	w.whole(migrationlink.OperationDisconnect)
	kept += w.kept()

	seen := make(map[string]bool)
	for line := range bytes.Lines([]byte(kept)) {
		require.NoError(t, judge(line), string(line))
		var fields map[string]any
		require.NoError(t, json.Unmarshal(line, &fields))
		kind, _ := fields["event"].(string)
		if kind == "" {
			kind = "header"
		}
		for name := range fields {
			seen[kind+" "+name] = true
		}
	}
	described := make(map[string]bool)
	for _, kind := range []string{"header", "intent", "outcome"} {
		for name := range definitions[kind]["properties"].(map[string]any) {
			described[kind+" "+name] = true
		}
	}
	assert.Equal(t, described, seen)
	assert.Error(t, judge([]byte(strings.Replace(headerLine, "1", "2", 1))))
	assert.Error(t, judge([]byte(outcomeOf("lost"))))
	for i := range w.rows {
		assert.Empty(t, secret.Find([]byte(kept), secret.New("link-token", w.rows[i].Token.Reveal()), secret.New("private key", w.Key().PrivateKey.Reveal())))
	}
}
