package gate

import (
	"net/netip"
	"testing"
)

// TestSample: the address that stands for a class lies in no longer class, and is one that a person would try.
func TestSample(t *testing.T) {
	s := solvedSide(t)
	for class, want := range map[string]string{
		"0.0.0.0/0":      "1.0.0.1",     // not 0.0.0.1, which is no address of the Internet
		"203.0.113.0/24": "203.0.113.1", // nothing inside of it
		"10.0.0.0/31":    "10.0.0.0",    // two own addresses cover it: it stands for itself
		"10.0.0.0/8":     "10.0.0.2",    // behind the link's addresses
		"10.255.0.2/32":  "10.255.0.2",
		"8.0.0.0/6":      "8.0.0.1", // reaches into 10.0.0.0/8, and is sampled outside of it
		"127.0.0.0/8":    "127.0.0.1",
		"::/0":           "2000::1",
	} {
		if got := s.sample(netip.MustParsePrefix(class)).String(); got != want {
			t.Errorf("sample of %s is %s, want %s", class, got, want)
		}
	}
}
