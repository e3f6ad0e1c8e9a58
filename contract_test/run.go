package contracttest

import "context"

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
	for _, c := range s.Cases() {
		t.Run(c.Name, func(t T) {
			t.Helper()
			for _, finding := range c.Run(t.Context(), s) {
				t.Errorf("%s", finding.Text())
			}
		})
	}
	for _, reason := range s.LeftOut() {
		t.Logf("contracttest: %s", reason)
	}
	t.Logf("contracttest: %d exchanges, seed %d", s.Exchanges(), s.options.seed)
}
