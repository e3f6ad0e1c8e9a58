package cli

import (
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

// readKeys reads up to the end of a line from a terminal in raw mode, and begins anew, by calling again, when the process goes on
// after it was stopped. It takes no byte after the line. The read that is under way when ctx ends is left behind, as interruptible does.
func readKeys(ctx context.Context, from io.Reader, resumed <-chan os.Signal, again func() error) ([]byte, error) {
	type key struct {
		code byte
		err  error
	}
	keys := make(chan key, 1)
	read := func() {
		var b [1]byte
		_, err := io.ReadFull(from, b[:])
		keys <- key{b[0], err}
	}
	var line []byte
	go read()
	for {
		var k key
		select {
		case <-ctx.Done():
			return nil, errInterrupted
		case <-resumed:
			line = nil
			if err := again(); err != nil {
				return nil, err
			}
			continue
		case k = <-keys:
		}
		switch {
		case errors.Is(k.err, io.EOF), k.code == keyEnd && len(line) == 0:
			return nil, errNoTokenTyped
		case k.err != nil:
			return nil, k.err
		case k.code == '\r', k.code == '\n':
			return line, nil
		case k.code == keyInterrupt:
			return nil, errInterrupted
		case k.code == keyBackspace, k.code == keyErase:
			_, size := utf8.DecodeLastRune(line)
			line = line[:len(line)-size]
		case k.code == keyKill:
			line = nil
		case k.code == keyEnd, k.code == keySuspend: // they mean nothing here
		case len(line) <= maxBody: // what is longer is refused later
			line = append(line, k.code)
		}
		go read()
	}
}
