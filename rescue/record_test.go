package rescue_test

import (
	"strings"
	"testing"
	"time"

	"github.com/routegate/routegate/rescue"
)

// TestRecordOfTwo: what a person left is gone on with by the same command; what another person is at, from the same folder, is not.
func TestRecordOfTwo(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	open := func(intent, who string, at time.Time) *rescue.Record {
		t.Helper()
		r, err := rescue.OpenRecord(dir, "example", intent, who, at)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	first := open("all", "anna", now)
	second := open("all", "bert", now.Add(time.Second))
	if second.Resumed || second.Holder == first.Holder || second.Path == first.Path {
		t.Errorf("while %q is at it, %q gets %q", "anna", "bert", second.Holder)
	}
	first.Close()
	second.Close()
	third := open("all", "carl", now.Add(2*time.Second))
	if !third.Resumed || third.ID != second.ID || third.Former != second.Holder || !strings.HasPrefix(third.Holder, "carl, ") {
		t.Errorf("what was left last is %q, gone on with is %q after %q", second.Holder, third.Holder, third.Former)
	}
	third.Close()
	if again := open("all", "carl", now.Add(2*time.Second)); !again.Resumed || again.Holder != third.Holder || again.Former != "" {
		t.Errorf("carl left %q, and goes on with %q after %q", third.Holder, again.Holder, again.Former)
	}
	if other := open("frr", "carl", now.Add(3*time.Second)); other.Resumed {
		t.Error("another intent is gone on with")
	}
	if late := open("all", "dora", now.Add(48*time.Hour)); late.Resumed {
		t.Error("a record of two days ago is gone on with")
	}
}
