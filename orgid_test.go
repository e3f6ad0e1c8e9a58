package migrationlink_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/migrationlink/migrationlink"
)

const notAnOrgID = "not an organization id: it has 24 hexadecimal digits, like 5f7aac56b3a0b94bcdce6d8a"

func TestParseOrgID(t *testing.T) {
	t.Parallel()
	const id = "5f7aac56b3a0b94bcdce6d8a"
	tests := []struct {
		name, in string
		want     migrationlink.OrgID // "" for an error
	}{
		{"lower case", id, id},
		{"upper case", strings.ToUpper(id), id},
		{"both cases", "5F7aac56b3a0b94bcdce6d8A", id},
		{"digits alone", "000000000000000000000000", "000000000000000000000000"},
		{"the last letter", "ffffffffffffffffffffffff", "ffffffffffffffffffffffff"},
		{"the last capital", "FFFFFFFFFFFFFFFFFFFFFFFF", "ffffffffffffffffffffffff"},
		{"empty", "", ""},
		{"23 digits", id[1:], ""},
		{"25 digits", id + "0", ""},
		{"a letter past f", "g" + id[1:], ""},
		{"a capital past F", "G" + id[1:], ""},
		{"before 0", "/" + id[1:], ""},
		{"past 9", ":" + id[1:], ""},
		{"before A", "@" + id[1:], ""},
		{"before a", "`" + id[1:], ""},
		{"a blank before", " " + id[1:], ""},
		{"a line ending behind", id + "\n", ""},
		{"a line ending for a digit", id[:23] + "\n", ""},
		{"a NUL", "\x00" + id[1:], ""},
		{"24 bytes of wider digits", strings.Repeat("５", 8), ""}, // FULLWIDTH DIGIT FIVE
		{"invalid UTF-8", "\xff" + id[1:], ""},
	}
	pattern := orgIDPattern(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want != "", pattern.MatchString(tt.in), "the pattern of openapi.yaml")
			got, err := migrationlink.ParseOrgID(tt.in)
			assert.Equal(t, tt.want, got)
			if tt.want == "" {
				require.ErrorIs(t, err, migrationlink.ErrOrgID)
				require.EqualError(t, err, notAnOrgID)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, string(tt.want), got.String())
		})
	}
}

// TestParseOrgIDAgreesWithTheContract on whatever rapid comes up with: ids, near misses, and any text.
func TestParseOrgIDAgreesWithTheContract(t *testing.T) {
	t.Parallel()
	pattern := orgIDPattern(t)
	id := rapid.StringMatching(`[0-9a-fA-F]{24}`)
	nearMiss := rapid.Custom(func(t *rapid.T) string {
		b := []byte(id.Draw(t, "id"))
		b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		return string(b)
	})
	inputs := rapid.OneOf(id, nearMiss, rapid.StringMatching(`[0-9a-fA-F]{20,28}`), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		in := inputs.Draw(t, "in")
		got, err := migrationlink.ParseOrgID(in)
		if !pattern.MatchString(in) {
			require.EqualError(t, err, notAnOrgID)
			require.Empty(t, got)
			return
		}
		require.NoError(t, err)
		require.Equal(t, strings.ToLower(in), string(got))
	})
}

// orgIDPattern is the pattern of orgId in openapi.yaml. OpenAPI's patterns are ECMA-262's; this one means the same in Go.
func orgIDPattern(t *testing.T) *regexp.Regexp {
	t.Helper()
	return regexp.MustCompile(load(t, migrationlink.OpenAPI()).Components.Parameters["orgId"].Value.Schema.Value.Pattern)
}
