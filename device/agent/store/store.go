// Package store keeps on disk what a dead man's switch must not forget: its record, and the configurations that the
// router has had.
//
// The record lies in two slots of a fixed size that are written in turn, in place, each with its number and its hash: a
// write that is torn spoils one slot and the other still holds the state before it, and a full disk can refuse neither a
// confirmation nor a return, for both only overwrite. Configurations are files named by their content. While a change is
// armed, a marker holds the whole of it a second time, the old configuration's bytes included.
package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent/deadman"
)

// Disk is one folder. Nothing that was written is sure to be there after a crash before Sync, and no name before SyncDir.
type Disk interface {
	Read(name string) ([]byte, error) // fs.ErrNotExist where there is none
	List() ([]string, error)
	Write(name string, data []byte) error // over what is there, from its beginning; creates the file
	Sync(name string) error
	Rename(from, to string) error
	Remove(name string) error
	SyncDir() error
}

const (
	slotSize = 128 << 10
	// margin is what a record may still grow by after arming: then it must fit.
	margin    = 16 << 10
	marker    = "armed"
	blobStart = "configuration-"
	temporary = "writing-"
	note      = "note-"
)

var slots = [2]string{"switch-0", "switch-1"}

// Store is one router's. Several may call it at once, and take turns.
type Store struct {
	mu       sync.Mutex
	disk     Disk
	seq      uint64
	next     int              // the slot that is written next: never the newest one that holds
	held     [2][]device.Hash // what each slot's record needs
	doubtful []device.Hash    // what a record needs of which it is not known whether it is there
}

// Found is what a folder held.
type Found struct {
	Record    deadman.Record
	Recovered bool     // from the marker: no slot could be read
	Problems  []string // for a person: what was damaged, and what was done about it
}

// Open reads a folder, or begins it.
func Open(d Disk) (*Store, Found, error) {
	s := &Store{disk: d}
	var f Found
	best := -1
	missing, blank := 0, 0
	for i, name := range slots {
		data, err := d.Read(name)
		if errors.Is(err, fs.ErrNotExist) {
			missing++
			continue
		} else if err != nil {
			return nil, f, fmt.Errorf("the switch's state: %w", err)
		}
		if never(data) {
			blank++
			continue
		}
		seq, rec, err := readSlot(data)
		switch {
		case err != nil:
			f.Problems = append(f.Problems, fmt.Sprintf("%s is damaged (%v): the other copy holds", name, err))
			continue
		case best < 0 || seq > s.seq:
			best, s.seq, f.Record = i, seq, rec
		}
		s.held[i] = rec.Needs()
	}
	if best >= 0 {
		s.next = 1 - best
		if blank > 0 && s.seq > 1 {
			f.Problems = append(f.Problems, fmt.Sprintf("%s was written, and is blank: the other copy holds", slots[s.next]))
		}
		if missing > 0 {
			return s, f, s.begin(s.next)
		}
		return s, f, nil
	}
	if err := s.recover(&f, missing+blank < len(slots)); err != nil {
		return nil, f, err
	}
	for i := range slots {
		if err := s.begin(i); err != nil {
			return nil, f, err
		}
	}
	return s, f, s.Save(f.Record)
}

// recover makes a record where no slot could be read.
func (s *Store) recover(f *Found, damaged bool) error {
	names, err := s.disk.List()
	if err != nil {
		return err
	}
	// What is kept beside slots that are blank was kept after a record had been written to one of them.
	damaged = damaged || slices.ContainsFunc(names, func(n string) bool { return n == marker || strings.HasPrefix(n, blobStart) })
	if damaged {
		f.Problems = append(f.Problems, "no copy of the switch's record can be read")
	}
	for _, name := range names {
		if !strings.HasPrefix(name, blobStart) {
			continue
		}
		if b, err := s.readBlob(name); err == nil {
			f.Record.History = append(f.Record.History, b.Entry)
		}
	}
	slices.SortStableFunc(f.Record.History, func(a, b deadman.Entry) int { return a.At.Compare(b.At) })
	f.Record.Phase = device.Idle
	m, err := s.readMarker()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if damaged {
			f.Problems = append(f.Problems, "there is no marker of an armed change, so none was armed")
		}
	case err != nil:
		f.Problems = append(f.Problems, fmt.Sprintf("the marker of an armed change is damaged as well (%v): what was armed is not known; the stored configurations can be restored", err))
	default:
		f.Record = m.Record
		f.Record.Phase = device.Applying
		// Whether the change was confirmed is lost, and so is what the daemon starts with.
		f.Record.Persist = true
		f.Recovered = true
		f.Problems = append(f.Problems, fmt.Sprintf("%s was armed, says its marker, and its old configuration is whole", m.Record.Change))
	}
	return nil
}

// Note reads a small file that SetNote wrote; fs.ErrNotExist where there is none. It is no part of the record.
func (s *Store) Note(name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, err := s.disk.Read(note + name)
	if err != nil {
		return nil, err
	}
	_, body, err := unseal(data)
	return body, err
}

// SetNote replaces a small file in one step; nil takes it away.
func (s *Store) SetNote(name string, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if data == nil {
		err := s.disk.Remove(note + name)
		if err == nil {
			err = s.disk.SyncDir()
		}
		return err
	}
	return s.whole(note+name, seal("routegate-note 1", data))
}

// begin allocates a slot, so that writing it later needs no room.
func (s *Store) begin(i int) error {
	err := s.disk.Write(slots[i], make([]byte, slotSize))
	if err == nil {
		err = s.disk.Sync(slots[i])
	}
	if err == nil {
		err = s.disk.SyncDir()
	}
	if err != nil {
		return fmt.Errorf("the switch's state: %w", err)
	}
	return nil
}

// never reports a slot that begin has made, or had begun to make, and that no record was written to: the second one is so until the
// first change, however often the agent is started before it.
func never(data []byte) bool { return len(data) <= slotSize && len(bytes.Trim(data, "\x00")) == 0 }

// Save puts the record on disk. After an error it is not known whether it is there: the next one takes its place.
func (s *Store) Save(r deadman.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, err := writeSlot(s.seq+1, r)
	if err != nil {
		return err
	}
	// The number is spent even if the write fails: what comes next must be newer than what may have got through.
	s.seq++
	s.doubtful = append(s.doubtful, r.Needs()...)
	if err := s.disk.Write(slots[s.next], data); err != nil {
		return err
	}
	if err := s.disk.Sync(slots[s.next]); err != nil {
		return err
	}
	s.held[s.next] = r.Needs()
	s.doubtful = nil
	s.next = 1 - s.next
	return nil
}

func writeSlot(seq uint64, r deadman.Record) ([]byte, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	limit := slotSize - 256
	if r.Phase == device.Armed {
		limit -= margin
	}
	if len(body) > limit {
		return nil, fmt.Errorf("the switch's record has %d bytes, at most %d fit", len(body), limit)
	}
	data := make([]byte, slotSize)
	copy(data, seal(fmt.Sprintf("routegate-switch 1 %d", seq), body))
	return data, nil
}

func readSlot(data []byte) (seq uint64, r deadman.Record, err error) {
	head, body, err := unseal(data)
	if err != nil {
		return 0, r, err
	}
	if n, _ := fmt.Sscanf(head, "routegate-switch 1 %d", &seq); n != 1 {
		return 0, r, fmt.Errorf("it begins with %q", head)
	}
	return seq, r, json.Unmarshal(body, &r)
}

// seal puts a head, the length and the hash before a body: HEAD LENGTH SHA256, a line feed, the body. The hash is of the
// head too.
func seal(head string, body []byte) []byte {
	head = fmt.Sprintf("%s %d", head, len(body))
	return append([]byte(fmt.Sprintf("%s %s\n", head, sum(head, body))), body...)
}

func sum(head string, body []byte) string {
	h := sha256.New()
	h.Write([]byte(head + "\n"))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

var errTorn = errors.New("its hash is not that of its content")

// unseal is the opposite; what follows the body is not looked at.
func unseal(data []byte) (head string, body []byte, err error) {
	first, rest, ok := bytes.Cut(data, []byte("\n"))
	if !ok || len(first) > 512 {
		return "", nil, errTorn
	}
	fields := strings.Fields(string(first))
	if len(fields) < 3 {
		return "", nil, errTorn
	}
	var n int
	if _, err := fmt.Sscanf(fields[len(fields)-2], "%d", &n); err != nil || n < 0 || n > len(rest) {
		return "", nil, errTorn
	}
	head = strings.Join(fields[:len(fields)-1], " ")
	if sum(head, rest[:n]) != fields[len(fields)-1] {
		return "", nil, errTorn
	}
	return head, rest[:n], nil
}

// whole writes a file that is there as a whole or not at all.
func (s *Store) whole(name string, data []byte) error {
	tmp := temporary + name
	err := s.disk.Write(tmp, data)
	if err == nil {
		err = s.disk.Sync(tmp)
	}
	if err == nil {
		err = s.disk.Rename(tmp, name)
	}
	if err == nil {
		return s.disk.SyncDir()
	}
	_ = s.disk.Remove(tmp) // it takes room on what may be a full disk
	return err
}

// blob is a configuration on disk.
type blob struct {
	Entry         deadman.Entry
	Configuration device.Configuration
}

// marked is the marker of an armed change.
type marked struct {
	Record deadman.Record
	Base   device.Configuration
}

func blobName(h device.Hash) string { return blobStart + strings.TrimPrefix(string(h), "sha256:") }

func (s *Store) readBlob(name string) (blob, error) {
	var b blob
	data, err := s.disk.Read(name)
	if err != nil {
		return b, err
	}
	_, body, err := unseal(data)
	if err != nil {
		return b, err
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return b, err
	}
	if blobName(b.Configuration.Hash()) != name {
		return b, errTorn
	}
	return b, nil
}

func (s *Store) readMarker() (marked, error) {
	var m marked
	data, err := s.disk.Read(marker)
	if err != nil {
		return m, err
	}
	_, body, err := unseal(data)
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return m, err
	}
	if m.Base.Hash() != m.Record.Base {
		return m, errTorn
	}
	return m, nil
}

// Load reads a configuration and checks that it is whole.
func (s *Store) Load(h device.Hash) (device.Configuration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.readBlob(blobName(h))
	if err == nil {
		return b.Configuration, nil
	}
	if m, merr := s.readMarker(); merr == nil && m.Record.Base == h {
		return m.Base, nil
	}
	return device.Configuration{}, fmt.Errorf("the stored configuration %s: %w", h.Short(), err)
}

// Keep puts the configurations of a change that is to be armed on disk, and its marker.
func (s *Store) Keep(r deadman.Record, at time.Time, all ...device.Configuration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var base device.Configuration
	for _, c := range all {
		h := c.Hash()
		if h == r.Base {
			base = c
		}
		if b, err := s.readBlob(blobName(h)); err == nil && b.Configuration.Hash() == h {
			continue
		}
		e := deadman.Entry{Hash: h, Change: r.Change, At: at}
		for _, f := range c.Sorted().Files {
			e.Files = append(e.Files, f.Name)
		}
		body, err := json.Marshal(blob{e, c})
		if err != nil {
			return err
		}
		if err := s.whole(blobName(h), seal("routegate-configuration 1", body)); err != nil {
			return err
		}
	}
	body, err := json.Marshal(marked{r, base})
	if err != nil {
		return err
	}
	return s.whole(marker, seal("routegate-armed 1", body))
}

// Release takes the marker away, and every configuration that neither is in needs nor is named by what lies on disk.
func (s *Store) Release(needs []device.Hash) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	names, err := s.disk.List()
	if err != nil {
		return err
	}
	keep := map[string]bool{}
	for _, list := range [][]device.Hash{needs, s.held[0], s.held[1], s.doubtful} {
		for _, h := range list {
			keep[blobName(h)] = true
		}
	}
	var first error
	for _, name := range names {
		if name == marker || strings.HasPrefix(name, temporary) || strings.HasPrefix(name, blobStart) && !keep[name] {
			if err := s.disk.Remove(name); err != nil && first == nil {
				first = err
			}
		}
	}
	if err := s.disk.SyncDir(); err != nil && first == nil {
		first = err
	}
	return first
}
