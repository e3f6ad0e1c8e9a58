package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"unicode/utf8"

	"golang.org/x/term"
)

// What the keys send that a terminal in raw mode hands over instead of doing something itself (POSIX.1, termios, special characters).
const (
	keyInterrupt = 0x03 // ^C
	keyEnd       = 0x04 // ^D
	keyBackspace = 0x08 // ^H
	keyErase     = 0x7f // what most keyboards send for backspace
	keyKill      = 0x15 // ^U
	keySuspend   = 0x1a // ^Z
)

var errNoTokenTyped = errors.New("no link-token was typed; nothing was sent")

// readUnseen reads a line from the terminal, which does not show it. The terminal is in raw mode meanwhile: ^Z is a key like any other
// then and stops nobody, since a shell shows again what is typed after fg. What has been stopped from elsewhere begins anew, with the
// terminal in raw mode again.
func readUnseen(ctx context.Context, p Process, fd int, prompt string) ([]byte, error) {
	resumed := make(chan os.Signal, 1)
	notifyResumed(resumed)
	defer signal.Stop(resumed)
	before, err := term.MakeRaw(fd)
	if err != nil {
		return nil, err
	}
	fmt.Fprint(p.Stderr, prompt)
	line, err := readKeys(ctx, p.Stdin, resumed, func() error {
		_, err := term.MakeRaw(fd)
		fmt.Fprint(p.Stderr, "\r"+prompt)
		return err
	})
	restored := term.Restore(fd, before)
	fmt.Fprintln(p.Stderr)
	return line, errors.Join(err, restored)
}

// readKeys reads up to the end of a line from a terminal in raw mode, and begins anew, by calling again, when the process goes on after it was
// stopped. What comes at once with the end of a line belongs to it: a token that was pasted with line endings around or in it is not cut, so that
// what is left of it goes to nobody who shows it, a shell at last. The read that is under way when ctx ends is left behind, as interruptible does.
func readKeys(ctx context.Context, from io.Reader, resumed <-chan os.Signal, again func() error) ([]byte, error) {
	type keys struct {
		codes []byte
		err   error
	}
	typed := make(chan keys, 1)
	read := func() {
		b := make([]byte, 4096)
		n, err := from.Read(b)
		typed <- keys{b[:n], err}
	}
	var line typedLine
	go read()
	for {
		select {
		case <-ctx.Done():
			return nil, nothingSent(ctx)
		case <-resumed:
			line = nil
			if err := again(); err != nil {
				return nil, err
			}
		case k := <-typed:
			if ended, err := line.add(k.codes); ended || err != nil {
				return bytes.Trim(line, "\n"), err
			}
			switch {
			case errors.Is(k.err, io.EOF):
				return nil, errNoTokenTyped
			case k.err != nil:
				return nil, k.err
			}
			go read()
		}
	}
}

// typedLine is what was typed so far.
type typedLine []byte

// add takes keys that came at once, and reports whether the last of them ends the line.
func (l *typedLine) add(codes []byte) (ended bool, err error) {
	for _, code := range codes {
		ended = false
		switch {
		case code == keyEnd && len(*l) == 0:
			return false, errNoTokenTyped
		case code == keyInterrupt:
			return false, ErrInterrupted
		case code == keyBackspace, code == keyErase:
			_, size := utf8.DecodeLastRune(*l)
			*l = (*l)[:len(*l)-size]
		case code == keyKill:
			*l = nil
		case code == keyEnd, code == keySuspend: // they mean nothing here
		case len(*l) > maxBody: // what is longer is refused later
			ended = code == '\r' || code == '\n'
		case code == '\r', code == '\n':
			*l, ended = append(*l, '\n'), true
		default:
			*l = append(*l, code)
		}
	}
	return ended, nil
}
