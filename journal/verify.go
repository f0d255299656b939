package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Report is what Verify found.
type Report struct {
	// Lines that are whole and in their place, from the first on.
	Lines int64
	// Last is the hash of the last of them.
	Last string
	// Torn is the number of bytes of a last line that a crash cut off while it was written; 0 for none. The action that it
	// announced was not begun, so that nothing is lost: opening the journal to write takes it away.
	Torn int64
	// NoHead: the file that says how far the journal reaches is missing: lines missing at the end would not be missed.
	NoHead bool
	// Broken is what cannot have come about by a crash, in the order of the file.
	Broken []Break
}

// Break is one place where the journal is not what was written.
type Break struct {
	Line int64 // in the file, from 1
	Why  string
}

func (b Break) String() string { return fmt.Sprintf("line %d: %s", b.Line, b.Why) }

// BrokenError is a journal that nothing may be built on.
type BrokenError struct {
	Dir   string
	First Break
	More  int
}

func (e *BrokenError) Error() string {
	s := fmt.Sprintf("the journal in %s does not verify: %s", e.Dir, e.First)
	if e.More > 0 {
		s += fmt.Sprintf(" (and %d more)", e.More)
	}
	return s
}

// Verify reads a whole journal and finds any line that was altered, removed or moved, and lines that are missing at the
// end. It holds against whoever alters some of the folder's files and not against one who writes the whole chain and the
// head anew: keep the last hash elsewhere against that. It may run beside a writer.
func Verify(dir string) (Report, error) {
	r := Report{Last: first}
	// The head first: a writer may add lines meanwhile, and never takes one away.
	h, ok, err := readHead(dir)
	if err != nil {
		return r, err
	}
	f, err := os.Open(filepath.Join(dir, linesFile))
	if errors.Is(err, os.ErrNotExist) {
		if ok && h.Seq > 0 {
			r.Broken = append(r.Broken, Break{1, fmt.Sprintf("the journal is gone; the head says that it had %d lines", h.Seq)})
			return r, nil
		}
		return r, fmt.Errorf("%s: %w", dir, ErrAbsent)
	} else if err != nil {
		return r, fmt.Errorf("journal: %w", err)
	}
	defer f.Close()
	if err := r.read(f, h.Seq); err != nil {
		return r, err
	}
	r.NoHead = !ok
	if ok {
		r.reaches(h)
	}
	return r, nil
}

func readHead(dir string) (h head, ok bool, err error) {
	text, err := os.ReadFile(filepath.Join(dir, headFile))
	if errors.Is(err, os.ErrNotExist) {
		return h, false, nil
	} else if err != nil {
		return h, false, fmt.Errorf("journal: %w", err)
	}
	if err := json.Unmarshal(text, &h); err != nil {
		return h, false, fmt.Errorf("journal: %s: %w", headFile, err)
	}
	return h, true, nil
}

// read walks the chain. Lines up to reached were whole once.
func (r *Report) read(f io.Reader, reached int64) error {
	b := bufio.NewReader(f)
	prev, whole, at := first, true, int64(0)
	for {
		text, err := b.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return fmt.Errorf("journal: %w", err)
		}
		if len(text) == 0 {
			return nil
		}
		at++
		ended := err == nil
		text = bytes.TrimSuffix(text, []byte("\n"))
		if !ended && at > reached && whole {
			// Without its line break it was still being written. A line that announces is begun on only when it is whole.
			r.Torn = int64(len(text))
			return nil
		}
		if why := wrong(text, at, prev); why != "" {
			r.Broken, whole = append(r.Broken, Break{at, why}), false
		} else if !ended {
			r.Broken, whole = append(r.Broken, Break{at, "its end was cut off"}), false
		}
		prev = hashOf(text)
		if whole {
			r.Lines, r.Last = at, prev
		}
	}
}

// wrong says what is the matter with a line.
func wrong(text []byte, at int64, prev string) string {
	var l Line
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return "it is not a line of a journal: " + err.Error()
	}
	switch {
	case l.Seq != at:
		return fmt.Sprintf("it is number %d: lines are missing or in another order", l.Seq)
	case l.Prev != prev:
		return fmt.Sprintf("the hash of line %d is %.12s, and %.12s stands here: one of the two was altered", at-1, prev, l.Prev)
	}
	return ""
}

// reaches holds the journal against what the head says. The head may be one line behind: it is written after the line.
func (r *Report) reaches(h head) {
	switch {
	case len(r.Broken) > 0:
	case r.Lines < h.Seq:
		r.Broken = append(r.Broken, Break{r.Lines + 1, fmt.Sprintf("missing: the journal once had %d lines", h.Seq)})
	case r.Lines == h.Seq && r.Last != h.Hash:
		r.Broken = append(r.Broken, Break{r.Lines, fmt.Sprintf("its hash is %.12s, and the head says %.12s: it was altered", r.Last, h.Hash)})
	}
}

// Read gives the journal's lines up to the first that does not verify; a last line that a crash cut off is left out. It
// may run beside a writer.
func Read(dir string) ([]Line, error) {
	r, err := Verify(dir)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(filepath.Join(dir, linesFile))
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, &BrokenError{Dir: dir, First: r.Broken[0]}
		}
		return nil, fmt.Errorf("journal: %w", err)
	}
	defer f.Close()
	var out []Line
	b := bufio.NewReader(f)
	for int64(len(out)) < r.Lines {
		text, err := b.ReadBytes('\n')
		if err != nil {
			return nil, fmt.Errorf("journal: %w", err)
		}
		var l Line
		if err := json.Unmarshal(text, &l); err != nil {
			return nil, fmt.Errorf("journal: line %d: %w", len(out)+1, err)
		}
		out = append(out, l)
	}
	if len(r.Broken) > 0 {
		return out, &BrokenError{Dir: dir, First: r.Broken[0], More: len(r.Broken) - 1}
	}
	return out, nil
}
