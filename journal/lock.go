package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// lock is the right to write. On one machine the kernel keeps it (flock), which a process that is killed gives back at
// once and one that is only suspended does not. Between machines that share the folder it is the lease: who was not heard
// of for as long has lost it, and finds that out before it writes again.
type lock struct {
	file  *os.File
	mine  holder
	lease time.Duration
	now   func() time.Time
}

// holder is what the lock's file says.
type holder struct {
	Owner string    `json:"owner"`
	Host  string    `json:"host"`
	PID   int       `json:"pid"`
	Since time.Time `json:"since"`
	Until time.Time `json:"until"` // the lease's end; zero once given back
}

// HeldError says who has the lock.
type HeldError struct {
	Owner string
	Host  string
	PID   int
	Since time.Time
	Until time.Time
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("the journal is held by %s (process %d on %s) since %s", e.Owner, e.PID, e.Host, e.Since.UTC().Format(time.RFC3339))
}

// ErrLost is wrapped where the lock was taken over in the meantime: whoever has it now decides.
var ErrLost = errors.New("the journal's lock was taken over")

func takeLock(dir string, o Options) (*lock, error) {
	l := &lock{lease: o.Lease, now: o.Now}
	if l.lease <= 0 {
		l.lease = 30 * time.Second
	}
	if l.now == nil {
		l.now = time.Now
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	if l.file, err = os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	err = syscall.Flock(int(l.file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	was, read := l.read()
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		l.file.Close()
		return nil, &HeldError{was.Owner, was.Host, was.PID, was.Since, was.Until}
	case err != nil:
		l.file.Close()
		return nil, fmt.Errorf("journal: lock: %w", err)
	case read && was.Host != host && l.now().Before(was.Until):
		l.file.Close() // another machine's, whose lease is not over
		return nil, &HeldError{was.Owner, was.Host, was.PID, was.Since, was.Until}
	}
	l.mine = holder{Owner: o.Owner, Host: host, PID: os.Getpid(), Since: l.now().UTC()}
	if err := l.renew(); err != nil {
		l.file.Close()
		return nil, err
	}
	return l, nil
}

// read gives what the file says; false where it says nothing.
func (l *lock) read() (holder, bool) {
	var h holder
	text, err := io.ReadAll(io.NewSectionReader(l.file, 0, 1<<16))
	if err != nil || json.Unmarshal(text, &h) != nil {
		return holder{}, false
	}
	return h, true
}

func (l *lock) write(h holder) error {
	text, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("journal: lock: %w", err)
	}
	// In place: the kernel's lock is on this file and not on its name.
	text = append(text, '\n')
	if _, err := l.file.WriteAt(text, 0); err == nil {
		err = l.file.Truncate(int64(len(text)))
	}
	if err == nil {
		err = l.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("journal: lock: %w", err)
	}
	return nil
}

func (l *lock) renew() error {
	if !l.mine.Until.IsZero() {
		if err := l.still(); err != nil {
			return err
		}
	}
	l.mine.Until = l.now().Add(l.lease).UTC()
	return l.write(l.mine)
}

// still makes sure that nobody has taken over.
func (l *lock) still() error {
	h, ok := l.read()
	if !ok || h.Owner != l.mine.Owner || h.Host != l.mine.Host || h.PID != l.mine.PID || !h.Since.Equal(l.mine.Since) {
		return fmt.Errorf("%w by %s (process %d on %s)", ErrLost, h.Owner, h.PID, h.Host)
	}
	return nil
}

// hold makes sure, before something is written, that the lock is still this process's.
func (l *lock) hold() error {
	if l.now().Before(l.mine.Until) {
		return l.still()
	}
	return l.renew()
}

func (l *lock) release() error {
	defer l.file.Close()
	if l.still() != nil {
		return nil // another's by now
	}
	l.mine.Until = time.Time{}
	return l.write(l.mine)
}

// Held says who has the lock of a folder now; nil where nobody has.
func Held(dir string) (*HeldError, error) {
	l := &lock{now: time.Now}
	var err error
	if l.file, err = os.Open(filepath.Join(dir, lockFile)); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	defer l.file.Close()
	h, ok := l.read()
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	if !ok {
		return nil, nil
	}
	held := &HeldError{h.Owner, h.Host, h.PID, h.Since, h.Until}
	if h.Host != host {
		if time.Now().Before(h.Until) {
			return held, nil
		}
		return nil, nil
	}
	if err := syscall.Flock(int(l.file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		return held, nil
	}
	return nil, nil
}
