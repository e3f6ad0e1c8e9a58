package migrationlink_test

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pages are the Markdown files that these patterns match, by name.
func pages(t *testing.T, patterns ...string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, pattern := range patterns {
		names, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, names, pattern)
		for _, name := range names {
			content, err := os.ReadFile(name)
			require.NoError(t, err)
			found[filepath.ToSlash(name)] = string(content)
		}
	}
	return found
}

func TestRelativeLinksOfThePagesResolve(t *testing.T) {
	t.Parallel()
	for name, page := range pages(t, "*.md", "docs/*.md") {
		assert.Empty(t, deadLinks(t, name, page), name)
	}
}

// The search for dead links finds the planted ones, and only these.
func TestDeadLinksAreFound(t *testing.T) {
	t.Parallel()
	const page = "# A page\n\n[a](no-such.md), [b](README.md#no-such-heading), [c](#a-page), [d](README.md)\n" +
		"[e](#another), [f](https://example.invalid/x), `[g](code.md)`, ![h](no-such.svg)\n\n```sh\n[i](code.md)\n# another\n```\n"
	dead := []string{"no-such.md", "README.md#no-such-heading", "#another", "no-such.svg"}
	assert.Equal(t, dead, deadLinks(t, "page.md", page))
}

var (
	inlineCode   = regexp.MustCompile("`[^`\n]*`")
	relativeLink = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	heading      = regexp.MustCompile(`(?m)^#+ (.+)$`)
	noAnchor     = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// deadLinks are the links within the project that lead nowhere: to no file, or to no heading.
func deadLinks(t *testing.T, name, page string) []string {
	t.Helper()
	var dead []string
	text := inlineCode.ReplaceAllString(fence.ReplaceAllString(page, ""), "")
	for _, match := range relativeLink.FindAllStringSubmatch(text, -1) {
		link, err := url.Parse(match[1])
		if err == nil && link.IsAbs() {
			continue
		}
		target := page
		if err == nil && link.Path != "" {
			var content []byte
			file := filepath.Join(filepath.Dir(name), filepath.FromSlash(link.Path))
			if _, err = os.Stat(file); err == nil && link.Fragment != "" {
				content, err = os.ReadFile(file)
				target = string(content)
			}
		}
		if err != nil || link.Fragment != "" && !anchors(target)[link.Fragment] {
			dead = append(dead, match[1])
		}
	}
	return dead
}

// anchors are the names that GitHub gives to the headings of a page.
func anchors(page string) map[string]bool {
	found := map[string]bool{}
	for _, match := range heading.FindAllStringSubmatch(fence.ReplaceAllString(page, ""), -1) {
		name := strings.ReplaceAll(noAnchor.ReplaceAllString(strings.ToLower(match[1]), ""), " ", "-")
		unique := name
		for n := 1; found[unique]; n++ {
			unique = name + "-" + strconv.Itoa(n)
		}
		found[unique] = true
	}
	return found
}

// The index of the documentation names every page and every schema.
func TestTheIndexNamesEveryPage(t *testing.T) {
	t.Parallel()
	index := pages(t, "docs/README.md")["docs/README.md"]
	for _, pattern := range []string{"docs/*.md", "docs/*.schema.json"} {
		names, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, name := range names {
			if base := filepath.Base(name); base != "README.md" {
				assert.Contains(t, index, "("+base+")")
			}
		}
	}
}

// "Stand-in" is this project's own word. A page that uses it says what it is.
func TestEveryPageSaysWhatTheStandInIs(t *testing.T) {
	t.Parallel()
	for name, page := range pages(t, "README.md", "docs/*.md") {
		if strings.Contains(page, "stand-in") {
			assert.Regexp(t, `mock\s+server`, page, name)
		}
	}
}
