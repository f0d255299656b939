package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent/deadman"
)

func folder(t *testing.T) (*Folder, string) {
	t.Helper()
	dir := t.TempDir()
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f, dir
}

func open(t *testing.T, d Disk) (*Store, Found) {
	t.Helper()
	s, found, err := Open(d)
	if err != nil {
		t.Fatal(err)
	}
	return s, found
}

func config(text string) device.Configuration {
	return device.Configuration{Files: []device.File{{Name: "a.conf", Data: []byte(text)}}}
}

func save(t *testing.T, s *Store, change string, needs ...device.Hash) {
	t.Helper()
	r := deadman.Record{Phase: device.Applying, Change: change}
	if len(needs) > 0 {
		r.Base = needs[0]
	}
	if err := s.Save(r); err != nil {
		t.Fatal(err)
	}
}

// TestStartedAgain: an agent that is started again before its first change, or was killed while it began, finds nothing damaged.
func TestStartedAgain(t *testing.T) {
	f, dir := folder(t)
	half := func(name string, size int) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name  string
		begun func()
	}{
		{"for the first time", func() {}},
		{"again", func() {}},
		{"and again", func() {}},
		{"killed when the first slot was made", func() { os.Remove(filepath.Join(dir, slots[1])); half(slots[0], slotSize) }},
		{"killed when the first slot was not whole", func() { os.Remove(filepath.Join(dir, slots[1])); half(slots[0], 0); half(slots[0], 4096) }},
		{"killed when both slots were made", func() { half(slots[0], slotSize); half(slots[1], slotSize) }},
	} {
		c.begun()
		if _, found := open(t, f); len(found.Problems) > 0 || found.Record.Phase != device.Idle {
			t.Errorf("%s: %+v", c.name, found)
		}
	}
}

// TestBlank: slots that a file system has emptied are told from those that were never written.
func TestBlank(t *testing.T) {
	f, dir := folder(t)
	s, _ := open(t, f)
	c := config("base\n")
	r := deadman.Record{Phase: device.Armed, Change: "c1", Base: c.Hash(), Candidate: c.Hash()}
	if err := s.Keep(r, time.Now(), c); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(r); err != nil {
		t.Fatal(err)
	}
	empty := func(slot int) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, slots[slot]), make([]byte, slotSize), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	empty(s.next)
	if _, found := open(t, f); len(found.Problems) != 1 || found.Record.Change != "c1" {
		t.Errorf("one is empty: %+v", found)
	}
	empty(1 - s.next)
	if _, found := open(t, f); len(found.Problems) == 0 || !found.Recovered || found.Record.Change != "c1" {
		t.Errorf("both are empty: %+v", found)
	}
}

// TestAnyDamagedByte: whatever byte of the newest record is damaged, it is noticed, and the record before it holds.
func TestAnyDamagedByte(t *testing.T) {
	f, dir := folder(t)
	s, _ := open(t, f)
	save(t, s, "before")
	save(t, s, "newest")
	name := filepath.Join(dir, slots[1-s.next])
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	length := bytes.IndexByte(good, 0) // the rest is padding
	for i := range length {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		if err := os.WriteFile(name, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		_, found := open(t, f)
		if found.Record.Change != "before" || len(found.Problems) != 1 {
			t.Fatalf("byte %d (%q): found %q, problems %v", i, good[i], found.Record.Change, found.Problems)
		}
	}
}

// TestTornWrites: a write that ends anywhere leaves the record before it.
func TestTornWrites(t *testing.T) {
	f, dir := folder(t)
	s, _ := open(t, f)
	save(t, s, "one")
	for i := range 8 {
		old := fmt.Sprintf("change %d", i)
		save(t, s, old)
		next := filepath.Join(dir, slots[s.next])
		before, err := os.ReadFile(next)
		if err != nil {
			t.Fatal(err)
		}
		save(t, s, "the torn one")
		after, err := os.ReadFile(next)
		if err != nil {
			t.Fatal(err)
		}
		torn := append(bytes.Clone(after[:60+i*30]), before[60+i*30:]...)
		if bytes.Equal(torn, after) {
			continue
		}
		if err := os.WriteFile(next, torn, 0o600); err != nil {
			t.Fatal(err)
		}
		var found Found
		if s, found = open(t, f); found.Record.Change != old {
			t.Fatalf("torn at %d: found %q, want %q", 60+i*30, found.Record.Change, old)
		}
	}
}

// TestReleaseKeepsWhatTheOlderRecordNames: should the newest be damaged, the older one leads back, and needs its bytes.
func TestReleaseKeepsWhatTheOlderRecordNames(t *testing.T) {
	f, _ := folder(t)
	s, _ := open(t, f)
	base, candidate, other := config("base\n"), config("candidate\n"), config("other\n")
	r := deadman.Record{Phase: device.Armed, Change: "c1", Base: base.Hash(), Candidate: candidate.Hash()}
	if err := s.Keep(r, time.Now(), base, candidate); err != nil {
		t.Fatal(err)
	}
	if err := s.Keep(r, time.Now(), base, other); err != nil {
		t.Fatal(err)
	}
	save(t, s, "c1", base.Hash())
	if err := s.Save(deadman.Record{Phase: device.Idle}); err != nil {
		t.Fatal(err)
	}
	if err := s.Release(nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(base.Hash()); err != nil {
		t.Error(err)
	}
	for _, c := range []device.Configuration{candidate, other} {
		if _, err := s.Load(c.Hash()); err == nil {
			t.Errorf("%s is kept, which nobody needs", c.Hash())
		}
	}
	for range 2 { // both records say that nothing is needed
		if err := s.Save(deadman.Record{Phase: device.Idle}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Release(nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(base.Hash()); err == nil {
		t.Error("the base is kept, which nobody needs")
	}
}

// TestConfigurationIsWhole: one that is not the bytes of its name is not handed out.
func TestConfigurationIsWhole(t *testing.T) {
	f, dir := folder(t)
	s, _ := open(t, f)
	a, b := config("a\n"), config("b\n")
	if err := s.Keep(deadman.Record{Change: "c1"}, time.Now(), a, b); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, blobName(b.Hash())))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, blobName(a.Hash())), data, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(a.Hash()); !errors.Is(err, errTorn) {
		t.Errorf("another's bytes under its name: %v", err)
	}
}

// TestRecordMustFit: an order whose record could not grow to its end is refused at arming, not at the confirmation.
func TestRecordMustFit(t *testing.T) {
	f, _ := folder(t)
	s, _ := open(t, f)
	r := deadman.Record{Phase: device.Armed, Change: "c1", Detail: strings.Repeat("x", slotSize-margin)}
	if err := s.Save(r); err == nil {
		t.Error("a record that leaves no room is taken")
	}
	r.Phase = device.Confirming
	if err := s.Save(r); err != nil {
		t.Errorf("what was armed must be able to end: %v", err)
	}
}

func TestOneAgentAFolder(t *testing.T) {
	f, dir := folder(t)
	if _, err := OpenFolder(dir); err == nil || !strings.Contains(err.Error(), "in use by the agent, process") {
		t.Errorf("a second agent in the folder: %v", err)
	}
	f.Close()
	again, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}

func FuzzReadSlot(f *testing.F) {
	good, err := writeSlot(7, deadman.Record{Phase: device.Applying, Change: "c1"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good[:1024])
	f.Add([]byte("routegate-switch 1 1 0 \n"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		seq, r, err := readSlot(data)
		if err != nil {
			return
		}
		// Only what was written reads: written again it is the same.
		again, err := writeSlot(seq, r)
		if err != nil {
			t.Fatal(err)
		}
		if s2, r2, err := readSlot(again); err != nil || s2 != seq || r2.Change != r.Change {
			t.Fatalf("%d %v, again %d %v: %v", seq, r, s2, r2, err)
		}
	})
}
