package contract_test

import (
	"bytes"
	"embed"
	"net/http"
	"net/textproto"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"bufio"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/migrationlink/migrationlink/checker"
)

//go:embed testdata/page
var page embed.FS

func pageFile(t *testing.T, name string) string {
	t.Helper()
	content, err := page.ReadFile("testdata/page/" + name)
	require.NoError(t, err)
	return string(content)
}

// pageExchange is the example of the reference page, byte for byte but for the organization: request from the curl command, answer from the
// file. What the page prints for the header fields whose value it leaves open ({nonce}) stays as it is.
func pageExchange(t *testing.T, answer string) checker.Exchange {
	t.Helper()
	curl := pageFile(t, "request.curl")
	quoted := func(option string) []string {
		var values []string
		for _, match := range regexp.MustCompile(option+` '([^']*)'`).FindAllStringSubmatch(curl, -1) {
			values = append(values, match[1])
		}
		return values
	}
	target, err := url.Parse(strings.Replace(quoted("--request POST")[0], "{orgId}", exampleOrg, 1))
	require.NoError(t, err)
	e := checker.Exchange{
		Method: http.MethodPost, Target: target.RequestURI(), RequestHeader: make(http.Header), RequestBody: []byte(quoted("--data")[0]),
	}
	for _, header := range quoted("--header") {
		name, value, _ := strings.Cut(header, ": ")
		e.RequestHeader.Add(name, value)
	}
	reader := bufio.NewReader(bytes.NewReader([]byte(pageFile(t, answer))))
	statusLine, err := reader.ReadString('\n')
	require.NoError(t, err)
	e.Status, err = strconv.Atoi(strings.Fields(statusLine)[1])
	require.NoError(t, err)
	header, err := textproto.NewReader(reader).ReadMIMEHeader()
	require.NoError(t, err)
	e.ResponseHeader = http.Header(header)
	body := new(bytes.Buffer)
	_, err = body.ReadFrom(reader)
	require.NoError(t, err)
	e.ResponseBody = body.Bytes()
	return e
}

func TestThePagesOwnExchangeKeepsTheContract(t *testing.T) {
	t.Parallel()
	judge, err := checker.New(checker.Thorough())
	require.NoError(t, err)

	challenge := pageExchange(t, "first-answer.http")
	challenge.RequestBody = nil // as curl --digest sends it
	verdict := judge.Judge(challenge)
	assert.Empty(t, verdict.Findings)
	assert.Equal(t, []string{misprintedAdvice}, lines(verdict.Advice))

	connected := pageExchange(t, "second-answer.http")
	connected.RequestHeader.Set("Authorization", "Digest")
	verdict = judge.Judge(connected)
	assert.Empty(t, verdict.Findings)
	assert.Equal(t, []string{misprintedAdvice}, lines(verdict.Advice))
}

func TestThePagesOwnExchangeIsConvictedOnceABitIsWrong(t *testing.T) {
	t.Parallel()
	judge, err := checker.New(checker.Thorough())
	require.NoError(t, err)

	connected := pageExchange(t, "second-answer.http")
	connected.RequestHeader.Set("Authorization", "Digest")
	connected.ResponseBody = bytes.Replace(connected.ResponseBody, []byte("SYNCED"), []byte("SINCED"), 1)

	assert.Equal(t, []string{"connect, answer 201, body /status: is none of SYNCED, NOT_SYNCED (value hidden) [schema/enum]"},
		lines(judge.Judge(connected).Findings))
}

func lines(findings []checker.Finding) []string {
	all := make([]string, len(findings))
	for i, finding := range findings {
		all[i] = finding.String()
	}
	return all
}
