package migrationlink_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The pages are read by engineers in a hurry, many of them in a second language.
const (
	mostWordsOnAverage  = 17 // words of a sentence, on average over a page
	mostWordsOfSentence = 35
)

func TestThePagesAreEasyToRead(t *testing.T) {
	t.Parallel()
	for name, page := range pages(t, "README.md", "CONTRIBUTING.md", "docs/*.md") {
		assert.Empty(t, hardToRead(page), name)
	}
}

// The search for what is hard to read finds the planted sentences, and only these.
func TestWhatIsHardToReadIsFound(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 35) + "end."
	semicolons := strings.TrimSpace(strings.Repeat("five words are in it; ", 8))
	for name, c := range map[string]struct {
		page string
		want []string
	}{
		"easy": {
			"# A heading is no sentence\n\nFour words are here. Read `a.b c` first!\n\n- An item.\n- Another\n  item.\n", nil,
		},
		"a long sentence": {
			"Short.\n\nShort. " + long + " Short.\n\nShort.",
			[]string{"36 words, want at most 35: " + long},
		},
		"a long sentence on several lines of a warning": {
			strings.Repeat("Short.\n\n", 4) + "> [!WARNING]\n> Short.\n> " +
				strings.Replace(long, "word end", "word\n> end", 1),
			[]string{"36 words, want at most 35: " + long},
		},
		"a long sentence of an item": {
			strings.Repeat("- Short.\n", 5) + "- " + long,
			[]string{"36 words, want at most 35: " + long},
		},
		"a semicolon ends no sentence": {
			strings.Repeat("Short.\n\n", 5) + semicolons,
			[]string{"40 words, want at most 35: " + semicolons},
		},
		"long on average": {
			strings.Repeat("word ", 17) + "end.\n\n" + strings.Repeat("word ", 17) + "end.",
			[]string{"18.0 words a sentence on average, want at most 17"},
		},
		"riddles": {
			"It is told anew.\nIt stands beside it.",
			[]string{
				`"is told" is on the page, want a plain word`,
				`"anew" is on the page, want a plain word`,
				`"beside" is on the page, want a plain word`,
			},
		},
		"neither code nor a table nor a comment": {
			"<!-- " + long + " -->\n\n```text\n" + long + "\nanew\n```\n\n    " + long +
				"\n\n| " + long + " | anew |\n\nOne `anew`.", nil,
		},
	} {
		assert.Equal(t, c.want, hardToRead(c.page), name)
	}
}

var (
	comment    = regexp.MustCompile(`(?s)<!--.*?-->`)
	item       = regexp.MustCompile(`^\s{0,3}(?:[-*]|\d+\.)\s+`)
	admonition = regexp.MustCompile(`^\[![A-Z]+\]$`)
	ending     = regexp.MustCompile(`[.!?][)*"]*\s+`)
	riddle     = regexp.MustCompile(`(?i)\b(?:anew|beside|(?:is|are) told|be it|for it is|counts? more than)\b`)
)

// hardToRead says what is wrong with the sentences of a page: all but headings, tables and code.
func hardToRead(page string) []string {
	var problems []string
	words, all := 0, sentences(page)
	for _, sentence := range all {
		n := len(strings.Fields(sentence))
		words += n
		if n > mostWordsOfSentence {
			problems = append(problems, fmt.Sprintf("%d words, want at most %d: %s", n, mostWordsOfSentence, sentence))
		}
		text := inlineCode.ReplaceAllString(relativeLink.ReplaceAllString(sentence, "]"), "")
		for _, found := range riddle.FindAllString(text, -1) {
			problems = append(problems, fmt.Sprintf("%q is on the page, want a plain word", found))
		}
	}
	if mean := float64(words) / float64(max(1, len(all))); mean > mostWordsOnAverage {
		problems = append(problems,
			fmt.Sprintf("%.1f words a sentence on average, want at most %d", mean, mostWordsOnAverage))
	}
	return problems
}

// sentences are those of the paragraphs, items and boxes of a page. A colon or a semicolon ends no
// sentence.
func sentences(page string) []string {
	var paragraphs []string
	current := ""
	end := func() { paragraphs, current = append(paragraphs, current), "" }
	for line := range strings.Lines(comment.ReplaceAllString(fence.ReplaceAllString(page, ""), "")) {
		isCode := strings.HasPrefix(line, "    ") || strings.HasPrefix(line, "\t")
		line = strings.TrimSpace(strings.TrimPrefix(line, "> "))
		switch {
		case line == "", isCode, admonition.MatchString(line), line[0] == '|', line[0] == '#':
			end()
			continue
		case item.MatchString(line):
			end()
			line = item.ReplaceAllString(line, "")
		}
		current += " " + line
	}
	end()
	var found []string
	for _, paragraph := range paragraphs {
		start := 0
		for _, match := range ending.FindAllStringIndex(paragraph, -1) {
			found = append(found, strings.TrimSpace(paragraph[start:match[1]]))
			start = match[1]
		}
		if rest := strings.TrimSpace(paragraph[start:]); rest != "" {
			found = append(found, rest)
		}
	}
	return found
}
