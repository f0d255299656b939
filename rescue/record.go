package rescue

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Line is one line of a record: what was done, on the disk before the next thing is.
type Line struct {
	At      time.Time     `json:"at"`
	Kind    string        `json:"kind"` // began, resumed, trying, router, ended
	ID      string        `json:"id"`
	By      string        `json:"by,omitempty"`
	Network string        `json:"network,omitempty"`
	Intent  string        `json:"intent,omitempty"` // what was asked for: the same again is the same rescue
	Name    string        `json:"name,omitempty"`   // of a router that is tried
	Router  *RouterReport `json:"router,omitempty"`
	Report  *Report       `json:"report,omitempty"`
}

// Record is a rescue's own, for it needs no journal: JSON lines in a file of their own. A disk that does not take it stops
// nothing. Safe for nobody but the engine.
type Record struct {
	file    *os.File
	Path    string
	ID      string
	Holder  string          // who the leases are of
	Former  string          // whose they were, where another person left it; that process is dead
	Done    map[string]bool // routers that were back when it was left
	Resumed bool
}

// OpenRecord begins a record in a folder, or takes up the one of the same intent that was left within a day and has not ended.
// One that a living process has open is not left: whoever types the same meanwhile is another rescue.
func OpenRecord(dir, network, intent, who string, now time.Time) (*Record, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the record: %w", err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "rescue-*.jsonl"))
	if err != nil {
		return nil, err
	}
	for i := len(names) - 1; i >= 0; i-- {
		if left(names[i], network, intent, now) == nil {
			continue
		}
		f, err := lockedFile(names[i], 0)
		if errors.Is(err, syscall.EWOULDBLOCK) {
			continue
		} else if err != nil {
			return nil, fmt.Errorf("the record: %w", err)
		}
		if r := left(names[i], network, intent, now); r != nil { // who had it open may have ended it just now
			r.file = f
			if holder := holder(who, r.ID); holder != r.Holder {
				r.Holder, r.Former = holder, r.Holder
			}
			return r, r.Write(Line{At: now, Kind: "resumed", By: r.Holder})
		}
		f.Close()
	}
	id := now.UTC().Format("20060102-150405") + fmt.Sprintf("-%d", os.Getpid())
	r := &Record{ID: id, Path: filepath.Join(dir, "rescue-"+id+".jsonl"), Holder: holder(who, id)}
	if r.file, err = lockedFile(r.Path, os.O_CREATE|os.O_EXCL); err != nil {
		return nil, fmt.Errorf("the record: %w", err)
	}
	return r, r.Write(Line{At: now, Kind: "began", By: r.Holder, Network: network, Intent: intent})
}

func holder(who, id string) string { return who + ", rescue " + id }

// lockedFile opens a record for this process alone, EWOULDBLOCK where another has it; the kernel gives the lock back when the process ends,
// however it does. A file system that knows no locks is no hindrance.
func lockedFile(name string, more int) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND|more, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		f.Close()
		return nil, err
	}
	return f, nil
}

// left is a record of the same intent that did not end.
func left(name, network, intent string, now time.Time) *Record {
	lines, err := ReadRecord(name)
	if err != nil || len(lines) == 0 {
		return nil
	}
	first, end := lines[0], lines[len(lines)-1]
	if first.Kind != "began" || first.Network != network || first.Intent != intent || end.Kind == "ended" || now.Sub(end.At).Abs() > 24*time.Hour {
		return nil
	}
	r := &Record{Path: name, ID: first.ID, Holder: first.By, Done: map[string]bool{}, Resumed: true}
	for _, l := range lines {
		switch {
		case l.Router != nil:
			r.Done[l.Router.Name] = l.Router.Good()
		case l.Kind == "resumed":
			r.Holder = l.By
		}
	}
	return r
}

// ReadRecord reads what there is; a last line that was cut off is left out.
func ReadRecord(name string) ([]Line, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var out []Line
	in := bufio.NewScanner(bytes.NewReader(data))
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		var l Line
		if json.Unmarshal(in.Bytes(), &l) != nil {
			break
		}
		out = append(out, l)
	}
	return out, in.Err()
}

// Write puts a line on the disk.
func (r *Record) Write(l Line) error {
	if r == nil || r.file == nil {
		return nil
	}
	l.ID = r.ID
	text, err := json.Marshal(l)
	if err == nil {
		_, err = r.file.Write(append(text, '\n'))
	}
	if err == nil {
		err = r.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("the record: %w", err)
	}
	return nil
}

// Close closes the file.
func (r *Record) Close() error {
	if r == nil || r.file == nil {
		return nil
	}
	return r.file.Close()
}

// Who is a person as other people read it.
func Who() string {
	name := cmp.Or(os.Getenv("SUDO_USER"), cmp.Or(os.Getenv("USER"), fmt.Sprintf("uid %d", os.Getuid())))
	machine, _ := os.Hostname()
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return '?'
		}
		return c
	}, fmt.Sprintf("%.60s at %.60s", name, machine))
}
