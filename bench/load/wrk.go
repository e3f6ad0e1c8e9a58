package load

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

//go:embed signed.lua
var script []byte

// newWrk is the wrk at a path: one thread, so that it takes one core at most.
func newWrk(path string) Generator {
	said, _ := exec.Command(path, "-v").Output() // it ends with 1, and tells its version all the same
	version, _, _ := strings.Cut(string(said), " [")
	return Generator{Name: version, send: func(ctx context.Context, r Run) (outcome, error) { return wrk(ctx, path, r) }}
}

func wrk(ctx context.Context, path string, r Run) (outcome, error) {
	folder, err := os.MkdirTemp("", "bench-wrk-")
	if err != nil {
		return outcome{}, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	lua, requests := filepath.Join(folder, "signed.lua"), filepath.Join(folder, "requests")
	if err := os.WriteFile(lua, script, 0o600); err != nil {
		return outcome{}, err
	}
	if err := os.WriteFile(requests, r.lines(), 0o600); err != nil {
		return outcome{}, err
	}
	arguments := []string{"-t1", "-c" + strconv.Itoa(r.Connections), "-d" + strconv.Itoa(int(r.Duration.Seconds())) + "s", "-s", lua}
	for name, values := range r.Header {
		for _, value := range values {
			arguments = append(arguments, "-H", name+": "+value)
		}
	}
	output, err := exec.CommandContext(ctx, path, append(arguments, r.URL, "--", requests)...).CombinedOutput()
	if err != nil {
		return outcome{}, fmt.Errorf("%w: %s", err, output)
	}
	var o outcome
	last := output[bytes.LastIndexByte(bytes.TrimSpace(output), '\n')+1:]
	if err := json.Unmarshal(last, &o); err != nil {
		return outcome{}, fmt.Errorf("its last line is not what signed.lua prints: %s", output)
	}
	return o, nil
}

// lines are what signed.lua reads.
func (r Run) lines() []byte {
	again := "once"
	if r.Again {
		again = "again"
	}
	return []byte(strings.Join(append([]string{r.Method, r.Body, again}, r.Authorizations...), "\n"))
}
