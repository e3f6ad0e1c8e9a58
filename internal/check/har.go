package check

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/migrationlink/migrationlink/checker"
	"github.com/migrationlink/migrationlink/checker/har"
	"github.com/migrationlink/migrationlink/internal/console"
	"github.com/migrationlink/migrationlink/internal/count"
	"github.com/migrationlink/migrationlink/internal/readfile"
)

// HARCheck says what recorded traffic is judged by.
type HARCheck struct {
	File string
	// Host is the only one whose exchanges are judged, with its port; empty is every host.
	Host string
	// Decisions makes findings fail that rest on decisions of ours.
	Decisions bool
	reports   *reporting // nil is one without files
}

// RunRecording judges recorded traffic: both sides of it, since nobody broke a request on purpose.
func RunRecording(ctx context.Context, p console.Process, flags Flags) error {
	reports, err := newReporting(p, flags, "")
	if err != nil {
		return err
	}
	return RunHAR(ctx, p, HARCheck{File: flags.HAR, Host: flags.Host, Decisions: flags.Decisions, reports: reports})
}

// maxNumbers is how many requests are listed before the rest is only counted.
const maxNumbers = 10

// RunHAR judges the exchanges of a HAR file. The error is that of the command: a usage error where nothing could be judged, another where the
// contract was broken.
func RunHAR(ctx context.Context, p console.Process, check HARCheck) error {
	judge, err := checker.New()
	if err != nil {
		return err
	}
	reports := check.reports
	if reports == nil {
		if reports, err = newReporting(p, Flags{Decisions: check.Decisions}, ""); err != nil {
			return err
		}
	}
	recording, err := console.Interruptible(ctx, func() (har.Recording, error) { return readHAR(p, judge, check) })
	if ctx.Err() != nil {
		return reports.stop(interruptedCheck(console.ErrInterrupted.Error()))
	}
	if err != nil {
		return console.Usagef("--har: %w", err)
	}
	if recording.HoldsLinkToken {
		fmt.Fprintln(p.Stderr, "warning: a link-token is in the recording, which is a credential: delete the file when you are done, and do not pass it on")
	}
	writeLeftOut(p.Stdout, recording)
	for _, left := range recording.LeftOut {
		if left.Reason.Owed() {
			reports.run.NotJudged(len(left.Numbers), string(left.Reason))
		}
	}
	if len(recording.Exchanges) == 0 && reports.made().Exchanges == 0 {
		return console.Usagef("--har: nothing was judged; %s", wanted(recording, judge.BasePaths()))
	}
	if recording.CredentialsHidden {
		fmt.Fprintln(p.Stdout, "note  credentials were taken out of the recording, so sign-in is not judged (Chrome keeps them in an export with sensitive data)")
	}
	rules := make(map[string]struct{})
	for _, recorded := range recording.Exchanges {
		if ctx.Err() != nil {
			return reports.stop(interruptedCheck(console.ErrInterrupted.Error()))
		}
		verdict := judge.Judge(recorded.Exchange)
		reports.run.Add(recorded.Exchange, verdict)
		for _, failed := range writeVerdict(p.Stdout, recorded, verdict, check.Decisions) {
			rules[failed] = struct{}{}
		}
	}
	made := reports.made()
	written := reports.files.Write(made)
	return errors.Join(reports.conclude(p, made, len(rules), written == nil), written)
}

// wanted says what a recording lacks in which nothing is for the API.
func wanted(recording har.Recording, basePaths []string) string {
	if recording.HostMissed {
		return "the recording has requests to the API, and none of them went to the host of --host; want the host as the URLs of the recording have it"
	}
	for _, left := range recording.LeftOut {
		switch left.Reason {
		case har.OtherResource:
			return "the recording has only other resources of the API; want a request to connect, status or disconnect"
		case har.Preflight:
			return "the recording has only preflights of a browser (CORS), on which the contract has no word"
		}
	}
	return "want a request with a path under " + strings.Join(basePaths, " or ")
}

// readHAR reads the file and warns if others can read it too. Its name is kept out of the error, as that of the token's is.
func readHAR(p console.Process, judge *checker.Checker, check HARCheck) (har.Recording, error) {
	if check.File == "-" {
		return har.Read(p.Stdin, judge, har.Options{Host: check.Host})
	}
	f, err := os.Open(check.File)
	if err != nil {
		return har.Recording{}, readfile.WithoutPath(err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return har.Recording{}, readfile.WithoutPath(err)
	}
	if info.IsDir() {
		return har.Recording{}, errors.New("is a directory; want the file that a browser or proxy exported")
	}
	console.WarnOthersRead(p.Stderr, "recording, which can hold credentials", info)
	recording, err := har.Read(f, judge, har.Options{Host: check.Host})
	return recording, readfile.WithoutPath(err)
}

// writeLeftOut writes how much was judged and what was not.
func writeLeftOut(w io.Writer, recording har.Recording) {
	line := count.Of(len(recording.Exchanges), "exchange") + " to judge"
	var named []string
	end := ""
	for _, left := range recording.LeftOut {
		if left.Reason == har.OtherHost || left.Reason == har.OtherPath {
			line += fmt.Sprintf(", %s %s", count.Thousands(len(left.Numbers)), left.Reason)
			end = " left out"
			continue
		}
		named = append(named, fmt.Sprintf("%s %s left out: request %s", count.Thousands(len(left.Numbers)), left.Reason, list(left.Numbers)))
	}
	fmt.Fprintln(w, line+end)
	for _, line := range named {
		fmt.Fprintln(w, line)
	}
}

// writeVerdict writes the findings and the advice on one exchange, and returns the rules of those that fail.
func writeVerdict(w io.Writer, recorded har.Recorded, verdict checker.Verdict, decisions bool) (failed []string) {
	for _, finding := range verdict.Findings {
		if finding.Decision != "" && !decisions {
			fmt.Fprintf(w, "note  request %d, %s\n", recorded.Number, shortened(finding))
			continue
		}
		fmt.Fprintf(w, "FAIL  request %d, %s\n", recorded.Number, shortened(finding))
		failed = append(failed, finding.Operation+" "+finding.Rule)
	}
	for _, advice := range verdict.Advice {
		label := "advice"
		if advice.Rule == checker.NotJudged {
			label = "skip"
		}
		fmt.Fprintf(w, "%s  request %d, %s\n", label, recorded.Number, shortened(advice))
	}
	return failed
}

// shortened leaves out the word request, which the line begins with.
func shortened(f checker.Finding) string {
	if f.Direction == checker.Request {
		return cmp.Or(f.Operation, "no operation") + ", " + f.Short()
	}
	return f.String()
}

// list names the first of some requests.
func list(numbers []int) string {
	var b strings.Builder
	for i, number := range numbers {
		if i == maxNumbers {
			fmt.Fprintf(&b, " and %s more", count.Thousands(len(numbers)-maxNumbers))
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.Itoa(number))
	}
	return b.String()
}
