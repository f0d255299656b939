package stdio

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"unicode/utf8"
)

// Version of the protocol; a client refuses a server of another.
const Version = 1

// The marks of a line: what a client asks and what a server says are told apart, because a terminal echoes what is asked.
const (
	askMark = "@routegate-ask "
	sayMark = "@routegate-say "
)

const (
	// largestAsk keeps a request within one line of a terminal (4096 bytes in Linux's canonical mode).
	largestAsk = 3500
	// largestLine is what a server may say in one line, and what either side takes in before it passes the rest over.
	largestLine = 1 << 20
)

// errNoise is a line that is not of the protocol; errGarbled one that was, until something ran into it.
var (
	errNoise   = errors.New("not a line of the protocol")
	errGarbled = errors.New("a garbled line")
)

// encode writes a line.
func encode(mark string, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	text = ascii(text)
	return fmt.Appendf(nil, "%s%08x %s\n", mark, crc32.ChecksumIEEE(text), text), nil
}

// ascii escapes what a terminal might take for something else: DEL, which erases, and all beyond 7 bits. JSON has escaped
// the control characters below already.
func ascii(text []byte) []byte {
	plain := func(b byte) bool { return b < 0x7f }
	if !bytes.ContainsFunc(text, func(r rune) bool { return r >= 0x7f }) {
		return text
	}
	var out []byte
	for len(text) > 0 {
		if plain(text[0]) {
			out, text = append(out, text[0]), text[1:]
			continue
		}
		r, n := utf8.DecodeRune(text)
		text = text[n:]
		if r > 0xffff {
			r -= 0x10000
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
			continue
		}
		out = fmt.Appendf(out, `\u%04x`, r)
	}
	return out
}

// decode reads a line; the mark may stand behind something else, such as a prompt.
func decode(mark string, line []byte, v any) error {
	i := bytes.LastIndex(line, []byte(mark))
	if i < 0 {
		return errNoise
	}
	rest := line[i+len(mark):]
	if len(rest) < 9 || rest[8] != ' ' {
		return errGarbled
	}
	sum, err := strconv.ParseUint(string(rest[:8]), 16, 32)
	if text := rest[9:]; err != nil || uint32(sum) != crc32.ChecksumIEEE(text) || json.Unmarshal(text, v) != nil {
		return errGarbled
	}
	return nil
}

// lines are those of a stream, without their ends; what is longer than the limit is cut there. A terminal ends lines with
// CR LF, or sends a CR alone where it wraps.
type lines struct {
	in    *bufio.Reader
	limit int
}

func newLines(r io.Reader, limit int) *lines { return &lines{bufio.NewReader(r), limit} }

func (l *lines) next() ([]byte, error) {
	var line []byte
	for {
		part, err := l.in.ReadSlice('\n')
		if room := l.limit - len(line); room > 0 {
			line = append(line, part[:min(len(part), room)]...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && len(line) > 0 && errors.Is(err, io.EOF):
			return bytes.TrimRight(line, "\r\n"), nil
		case err != nil:
			return nil, err
		}
		return bytes.TrimRight(line, "\r\n"), nil
	}
}
