package contracttest

import (
	"time"

	"github.com/migrationlink/migrationlink"
	"github.com/migrationlink/migrationlink/checker"
)

// Option changes what a session asks, and who is told.
type Option func(*options)

type options struct {
	seed     uint64
	variants int
	except   map[string]bool
	only     string
	document []byte // nil is ours
	coverage *wantedCoverage
	report   func(checker.Exchange, checker.Verdict)

	noPreflight    bool
	requestTimeout time.Duration
}

// defaultVariants is how many requests are drawn for each rule, unless [Variants] says otherwise.
const defaultVariants = 12

func readOptions(opts []Option) options {
	o := options{
		seed: 1, variants: defaultVariants, except: make(map[string]bool), requestTimeout: defaultRequestTimeout,
		report: func(checker.Exchange, checker.Verdict) {},
	}
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// contract is the document to judge by.
func (o options) contract() []byte {
	if o.document == nil {
		return migrationlink.OpenAPI()
	}
	return o.document
}

// Seed draws other values; the default is 1. The same seed asks the same.
func Seed(seed uint64) Option { return func(o *options) { o.seed = seed } }

// Variants is how many requests are drawn for each rule that has many; the default is 12.
func Variants(n int) Option { return func(o *options) { o.variants = n } }

// Except takes decisions of ours out, by their names in openapi.yaml: nothing that rests on them is asked or found.
func Except(decisions ...string) Option {
	return func(o *options) {
		for _, decision := range decisions {
			o.except[decision] = true
		}
	}
}

// Only leaves those cases whose name begins so; "connect/201" is all of them with that beginning.
func Only(prefix string) Option { return func(o *options) { o.only = prefix } }

// Document asks and judges by another version of the contract, which has the same operations.
func Document(document []byte) Option { return func(o *options) { o.document = document } }

// Report is told of each exchange and the verdict on it, in which findings rest on the decision of their case as in what [Case.Run] returns. Both hold what was sent, credentials too: they are for coverage, not for printing.
func Report(report func(checker.Exchange, checker.Verdict)) Option {
	return func(o *options) { o.report = report }
}
