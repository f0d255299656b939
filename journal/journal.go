// Package journal is the record of every decision and step of the rollouts: JSON lines that are only ever appended, each
// with the hash of the line before, on the disk before the action that it announces begins. A rollout resumes from it,
// and a line that somebody alters, removes or moves is found.
//
// A folder holds one journal and everything beside it: journal.jsonl, the head (how far the journal reaches), the lock
// (who writes), and the objects that lines name by their hash.
package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// The files of a journal's folder.
const (
	linesFile = "journal.jsonl"
	headFile  = "head"
	lockFile  = "lock"
	objects   = "objects"
)

// Line is one line of the journal.
type Line struct {
	// Seq counts from 1 without a gap.
	Seq int64 `json:"seq"`
	// At is the writer's wall clock, UTC.
	At time.Time `json:"at"`
	// Prev is the SHA-256 of the line before, its bytes without the line break; of nothing for the first line.
	Prev string `json:"prev"`
	// By is who wrote: user@host.
	By string `json:"by"`
	// Rollout is the rollout's id.
	Rollout string `json:"rollout"`
	// Kind says what Data is.
	Kind string `json:"kind"`
	// Text is one sentence for people.
	Text string `json:"text"`
	// Data is what happened and what is done next, in the form of the kind.
	Data json.RawMessage `json:"data,omitempty"`
}

// Entry is what a writer knows of a line.
type Entry struct {
	At                  time.Time
	Rollout, Kind, Text string
	Data                any // marshalled; nil for none
}

// Journal is a journal that this process holds the lock of. Not safe for concurrent use.
type Journal struct {
	dir   string
	lock  *lock
	file  *os.File
	seq   int64
	last  string // hash of the last line
	torn  []byte // a last line that a crash cut off, taken away on opening
	lost  error  // why nothing is written any more
	owner string
}

// ErrAbsent is wrapped where a folder has no journal.
var ErrAbsent = errors.New("no journal is here")

// Options open a journal.
type Options struct {
	// Owner is who writes, as user@host.
	Owner string
	// Lease is how long a lock is believed after its holder was heard of last; 0: 30 seconds. Renew it well before.
	Lease time.Duration
	// Now is the wall clock; nil: time.Now.
	Now func() time.Time
}

// Open takes the lock of a folder, makes the folder where it is missing, verifies the whole journal and takes away a
// last line that a crash cut off (kept beside it, see Torn). The error is a *HeldError where somebody else has the lock,
// and a *BrokenError where the journal does not verify: then nothing may be built on it.
func Open(dir string, o Options) (*Journal, error) {
	// Others may pass through, to a socket that a controller opens here, and read nothing.
	if err := os.MkdirAll(dir, 0o711); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	if err := os.MkdirAll(filepath.Join(dir, objects), 0o700); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	l, err := takeLock(dir, o)
	if err != nil {
		return nil, err
	}
	j := &Journal{dir: dir, lock: l, owner: o.Owner}
	if err := j.open(); err != nil {
		return nil, errors.Join(err, l.release())
	}
	return j, nil
}

func (j *Journal) open() error {
	r, err := Verify(j.dir)
	if err != nil && !errors.Is(err, ErrAbsent) {
		return err
	}
	if len(r.Broken) > 0 {
		return &BrokenError{Dir: j.dir, First: r.Broken[0], More: len(r.Broken) - 1}
	}
	name := filepath.Join(j.dir, linesFile)
	if r.Torn > 0 {
		if err := j.cut(name, r.Torn); err != nil {
			return err
		}
	}
	j.seq, j.last = r.Lines, r.Last
	if j.file, err = os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if err := syncDir(j.dir); err != nil {
		return err
	}
	return j.writeHead()
}

// cut moves the torn bytes at the journal's end to a file of their own.
func (j *Journal) cut(name string, torn int64) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	whole := int64(len(data)) - torn
	j.torn = bytes.Clone(data[whole:])
	if err := writeSynced(filepath.Join(j.dir, fmt.Sprintf("torn-after-%d", bytes.Count(data[:whole], []byte("\n")))), j.torn); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	defer f.Close()
	if err := f.Truncate(whole); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return f.Sync()
}

// Torn is the last line that a crash had cut off when the journal was opened; nil for none. What it announced was never
// begun.
func (j *Journal) Torn() []byte { return j.torn }

// Append writes lines, all at once, and returns when they are on the disk: only then may the actions begin that they
// announce. After an error nothing may be done, and every further call fails: whether the lines are there is not known.
func (j *Journal) Append(entries ...Entry) error {
	if j.lost == nil && len(entries) > 0 {
		j.lost = j.append(entries)
	}
	return j.lost
}

func (j *Journal) append(entries []Entry) error {
	if err := j.lock.hold(); err != nil {
		return err
	}
	seq, last := j.seq, j.last
	var all []byte
	for _, e := range entries {
		line := Line{Seq: seq + 1, At: e.At.UTC(), Prev: last, By: j.owner, Rollout: e.Rollout, Kind: e.Kind, Text: e.Text}
		if e.Data != nil {
			data, err := json.Marshal(e.Data)
			if err != nil {
				return fmt.Errorf("journal: %w", err)
			}
			line.Data = data
		}
		text, err := json.Marshal(line)
		if err != nil {
			return fmt.Errorf("journal: %w", err)
		}
		all = append(append(all, text...), '\n')
		seq, last = line.Seq, hashOf(text)
	}
	if _, err := j.file.Write(all); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	j.seq, j.last = seq, last
	return j.writeHead()
}

// head says how far the journal reaches, so that lines that are missing at its end are missed.
type head struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

func (j *Journal) writeHead() error {
	text, err := json.Marshal(head{j.seq, j.last})
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return writeSynced(filepath.Join(j.dir, headFile), append(text, '\n'))
}

// Renew says that the holder of the lock is alive. Call it at least twice a lease.
func (j *Journal) Renew() error { return j.lock.renew() }

// Close gives the lock back.
func (j *Journal) Close() error {
	var err error
	if j.file != nil {
		err = j.file.Close()
	}
	return errors.Join(err, j.lock.release())
}

// hashOf is of a line without its line break; of nothing it is that of the empty text.
func hashOf(line []byte) string {
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:])
}

// first is what stands as the hash before the first line.
var first = hashOf(nil)

// writeSynced replaces a file in one step, on the disk when it returns.
func writeSynced(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	defer os.Remove(f.Name())
	if _, err = f.Write(data); err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err == nil {
		err = syncDir(filepath.Dir(name))
	}
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	defer d.Close()
	return d.Sync()
}
