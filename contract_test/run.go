package contracttest

import (
	"context"

	"github.com/migrationlink/migrationlink/internal/count"
)

// TB is what [Run] needs of a *testing.T, so that the suite itself knows no testing.
type TB[T any] interface {
	Helper()
	Context() context.Context
	Run(name string, f func(T)) bool
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Run holds the target to the contract, with a subtest for each case. The organization is left as it was found.
func Run[T TB[T]](t T, target Target, opts ...Option) {
	t.Helper()
	s, err := Open(t.Context(), target, opts...)
	if err != nil {
		t.Fatalf("contracttest: %v", err)
		return
	}
	defer func() {
		if err := s.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("contracttest: %v", err)
		}
	}()
	ran, cases := 0, s.Cases()
	for _, c := range cases {
		t.Run(c.Name, func(t T) {
			t.Helper()
			ran++
			for _, finding := range c.Run(t.Context(), s) {
				t.Errorf("%s", finding.Text())
			}
		})
	}
	if problems := s.CoverageProblems(); ran == len(cases) {
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
