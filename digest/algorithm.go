package digest

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Algorithm is the hash of a challenge. The empty Algorithm stands for a parameter that is absent and means [MD5] (RFC 7616 section 3.3).
type Algorithm string

// The algorithms that are supported, spelled as on the wire.
const (
	MD5    Algorithm = "MD5"
	SHA256 Algorithm = "SHA-256"
)

// parseAlgorithm spells the supported algorithms as on the wire, whatever their letter case, and leaves any other name as it is.
func parseAlgorithm(name string) Algorithm {
	for _, known := range []Algorithm{MD5, SHA256} {
		if strings.EqualFold(name, string(known)) {
			return known
		}
	}
	return Algorithm(name)
}

func (a Algorithm) supported() bool { return a == "" || a == MD5 || a == SHA256 }

// hash is H(concat(parts[0], ":", parts[1], …)) of RFC 7616 section 3.3, in lower-case hex.
func (a Algorithm) hash(parts ...string) string {
	text := make([]byte, 0, 256) // most are shorter
	for i, part := range parts {
		if i > 0 {
			text = append(text, ':')
		}
		text = append(text, part...)
	}
	if a == SHA256 {
		sum := sha256.Sum256(text)
		return hex.EncodeToString(sum[:])
	}
	sum := md5.Sum(text)
	return hex.EncodeToString(sum[:])
}
