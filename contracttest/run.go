package contracttest

import (
	"context"
	"errors"
	"testing"

	"github.com/migrationlink/migrationlink/internal/count"
)

// Run holds the target to the contract, with a subtest for each case. The organization is left as it was found.
func Run(t *testing.T, target Target, opts ...Option) {
	t.Helper()
	run(t, target, opts...)
}

// tb is what run needs of a *testing.T, so that a test can see what run tells it.
type tb[T any] interface {
	Helper()
	Context() context.Context
	Run(name string, f func(T)) bool
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

func run[T tb[T]](t T, target Target, opts ...Option) {
	t.Helper()
	s, err := Open(t.Context(), target, opts...)
	if err != nil {
		t.Fatalf("contracttest: %v%s", err, orJudge(err))
		return
	}
	defer func() {
		if err := s.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("contracttest: %v", err)
		}
	}()
	for _, doubt := range s.Doubts() {
		t.Logf("contracttest: %s", doubt)
	}
	ran, asked, cases := 0, 0, s.Cases()
	for _, c := range cases {
		if s.Ended() != nil {
			break
		}
		asked++
		t.Run(c.Name, func(t T) {
			t.Helper()
			ran++
			for _, finding := range c.Run(t.Context(), s) {
				t.Errorf("%s", finding.Text())
			}
		})
	}
	if err := s.Ended(); err != nil {
		t.Errorf("contracttest: not finished, %d of %s run: %v", asked, count.Of(len(cases), "case"), err)
	} else if problems := s.CoverageProblems(); ran == len(cases) {
		for _, problem := range problems {
			t.Errorf("contracttest: %s", problem)
		}
	} else if len(problems) > 0 {
		t.Logf("contracttest: coverage is passed over, since go test ran %d of %s", ran, count.Of(len(cases), "case"))
	}
	for _, reason := range s.LeftOut() {
		t.Logf("contracttest: %s", reason)
	}
	t.Logf("contracttest: %s, seed %d", count.Of(s.Exchanges(), "exchange"), s.options.seed)
}

// orJudge says how to judge nevertheless where a server responded to the preflight.
func orJudge(err error) string {
	var refused *PreflightError
	if !errors.As(err, &refused) || refused.Status == 0 {
		return ""
	}
	return "\nis the server wrong, and the set-up right? contracttest.NoPreflight() judges it"
}
