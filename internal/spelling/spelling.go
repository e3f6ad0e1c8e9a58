// Package spelling finds the word that a misspelt one was probably meant to be.
package spelling

import "strings"

// Nearest returns the word that name was probably meant to be, or nothing if none is near: at most two letters added, left out or changed,
// and fewer than half of the word's. Upper and lower case are the same. Of two words equally near it is the first.
func Nearest(name string, words []string) string {
	best, found := 3, ""
	for _, word := range words {
		if d := distance(strings.ToLower(name), strings.ToLower(word)); d < best && 2*d < len(word) {
			best, found = d, word
		}
	}
	return found
}

// Want says which word was probably meant, or which there are.
func Want(name string, words []string) string {
	if word := Nearest(name, words); word != "" {
		return "did you mean " + word + "?"
	}
	return "want " + strings.Join(words, ", ")
}

// distance is how many bytes must be added, left out or changed to make b of a (Levenshtein). One that is clearly large is not counted
// out.
func distance(a, b string) int {
	const large = 1 << 10
	if len(a) > 2*len(b)+2 {
		return large
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
