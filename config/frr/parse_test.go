package frr

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/routegate/routegate/network"
	"github.com/routegate/routegate/network/dump"
)

func testFiles(t testing.TB) []string {
	t.Helper()
	var all []string
	for _, glob := range []string{"testdata/*/frr.conf", "testdata/oracle/*.conf"} {
		files, err := filepath.Glob(glob)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, files...)
	}
	if len(all) < 6 {
		t.Fatalf("only %d test configurations", len(all))
	}
	return all
}

// checkLedger holds the ledger's own rules: one state a line, one note for each line that is not
// modelled, in order, with a reason, and nothing for others.
func checkLedger(t testing.TB, r *network.Router) {
	t.Helper()
	for _, f := range r.Files {
		lines := bytes.Count(f.Text, []byte("\n"))
		if len(f.Text) > 0 && f.Text[len(f.Text)-1] != '\n' {
			lines++
		}
		if len(f.Support) != lines {
			t.Fatalf("%s: %d lines, %d states", f.Path, lines, len(f.Support))
		}
		next := 0
		for i, s := range f.Support {
			if s > network.NotModelled {
				t.Fatalf("%s:%d: state %d", f.Path, i+1, s)
			}
			if s != network.NotModelled {
				continue
			}
			if next == len(f.Notes) || f.Notes[next].Span != network.At(f.Path, i+1) || f.Notes[next].Reason == "" {
				t.Fatalf("%s:%d: no note where the line is not modelled", f.Path, i+1)
			}
			next++
		}
		if next != len(f.Notes) {
			t.Fatalf("%s: %d notes, %d lines that are not modelled", f.Path, len(f.Notes), next)
		}
	}
}

// Any text gives a router, twice the same, with every line in one state.
func FuzzParse(f *testing.F) {
	for _, file := range testFiles(f) {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	commands, err := os.ReadFile("testdata/commands.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, row := range strings.Split(string(commands), "\n") {
		if cells := strings.Split(row, "\t"); len(cells) == 3 {
			f.Add([]byte(prelude(cells[1]) + cells[2] + "\nno " + cells[2]))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		first, err := Parse("r1", []Source{{Path: "devices/r1/frr.conf", Text: text}})
		if err != nil {
			if !strings.HasPrefix(err.Error(), "devices/r1/frr.conf:") {
				t.Fatalf("an error without a position: %v", err)
			}
			return
		}
		checkLedger(t, first)
		second, err := Parse("r1", []Source{{Path: "devices/r1/frr.conf", Text: text}})
		if err != nil {
			t.Fatal(err)
		}
		if a, b := dump.Text(first, true)+ledgerOf(first), dump.Text(second, true)+ledgerOf(second); a != b {
			t.Fatalf("two readings differ: %s", dump.Difference(a, b))
		}
	})
}

// Parse may be called by many at once: the command tree is shared.
func TestParseConcurrently(t *testing.T) {
	text, err := os.ReadFile("testdata/wan-reflector/frr.conf")
	if err != nil {
		t.Fatal(err)
	}
	want := dump.Text(parse(t, string(text)), true)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if r, err := Parse("r1", []Source{{Path: "devices/r1/frr.conf", Text: text}}); err != nil || dump.Text(r, true) != want {
				t.Errorf("another model (%v)", err)
			}
		})
	}
	wg.Wait()
}

// What is no text is an error that names the line.
func TestUnreadable(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a NUL byte": {"hostname a\nrouter bgp 1\x00\n", "devices/r1/frr.conf:2: a NUL byte: not a text file"},
		"not UTF-8":  {"hostname a\n\n\xff\xfe", "devices/r1/frr.conf:3: not UTF-8 text"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("r1", []Source{{Path: "devices/r1/frr.conf", Text: []byte(c.text)}})
			if err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// leaf is a configuration of some 400 lines, as a leaf of a large fabric has it.
func leaf() []byte {
	var b strings.Builder
	b.WriteString("frr version 8.4.4\nfrr defaults datacenter\nhostname leaf\n")
	for i := range 32 {
		n := string(rune('0'+i/10)) + string(rune('0'+i%10))
		b.WriteString("interface swp" + n + "\n description server " + n + "\n ip address 10." + n + ".0.1/24\n!\n")
	}
	b.WriteString("router bgp 65001\n bgp router-id 10.0.0.1\n neighbor FABRIC peer-group\n neighbor FABRIC remote-as external\n")
	for i := range 32 {
		n := string(rune('0'+i/10)) + string(rune('0'+i%10))
		b.WriteString(" neighbor swp" + n + " interface peer-group FABRIC\n neighbor swp" + n + " description x\n")
	}
	b.WriteString(" address-family ipv4 unicast\n")
	for i := range 32 {
		n := string(rune('0'+i/10)) + string(rune('0'+i%10))
		b.WriteString("  network 10." + n + ".0.0/24\n  neighbor swp" + n + " route-map OUT" + n + " out\n")
	}
	b.WriteString(" exit-address-family\n!\n")
	for i := range 32 {
		n := string(rune('0'+i/10)) + string(rune('0'+i%10))
		b.WriteString("ip prefix-list P" + n + " seq 5 permit 10." + n + ".0.0/16 le 24\nroute-map OUT" + n + " permit 10\n match ip address prefix-list P" + n + "\n!\n")
	}
	return []byte(b.String())
}

func BenchmarkParse(b *testing.B) {
	text := leaf()
	b.ReportMetric(float64(bytes.Count(text, []byte("\n"))), "lines")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("leaf", []Source{{Path: "devices/leaf/frr.conf", Text: text}}); err != nil {
			b.Fatal(err)
		}
	}
}

// FRR writes `no ipv6 forwarding` by itself on hosts without it: that says nothing of a router without IPv6.
func TestForwardingOff(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want network.Support
	}{
		"a router without IPv6":         {"no ipv6 forwarding\ninterface eth0\n ip address 10.0.0.1/30\n ipv6 address fe80::1/64\n", network.Irrelevant},
		"an IPv6 address":               {"no ipv6 forwarding\ninterface eth0\n ipv6 address 2001:db8::1/64\n", network.NotModelled},
		"an IPv6 session":               {"no ipv6 forwarding\nrouter bgp 1\n neighbor eth0 interface remote-as 2\n address-family ipv6 unicast\n  neighbor eth0 activate\n", network.NotModelled},
		"IPv4 over link-local sessions": {"no ipv6 forwarding\nrouter bgp 1\n neighbor eth0 interface remote-as 2\n", network.Irrelevant},
		"IPv4 off":                      {"no ip forwarding\ninterface eth0\n ip address 10.0.0.1/30\n", network.NotModelled},
	} {
		t.Run(name, func(t *testing.T) {
			r := parse(t, c.text)
			if got := r.Files[0].Support[0]; got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			checkLedger(t, r)
		})
	}
}
