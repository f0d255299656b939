package gate

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/routegate/routegate/diff"
)

// TestHowReachabilityChanges: what is lost, what has only moved, and what went away with its link.
func TestHowReachabilityChanges(t *testing.T) {
	down := func(file string) edit { return edit{file, "interface eth1\n", "interface eth1\n shutdown\n"} }
	lan := edit{edge2, "interface eth0\n", "interface eth5\n ip address 198.51.100.129/25\n!\ninterface eth0\n"}
	for _, c := range []struct {
		name          string
		before, after []edit
		want          string // class, router, kind
		not           string
	}{
		{"addresses of a link go with it", nil, []edit{down(edge1), down(edge2)}, "10.0.0.0/32 edge1 gone", "10.0.0.1/32 edge1 lost"},
		{"a loopback is no link: it is still there, and lost", nil, []edit{down(edge1), down(edge2)}, "10.255.0.2/32 edge1 lost", ""},
		{"what followed a specific route follows the default route out", nil, []edit{{edge1, "ip route 10.255.0.2/32 10.0.0.1\n", ""}}, "10.255.0.2/32 edge1 lost", ""},
		{"the destination itself has moved outside", []edit{lan}, []edit{{known, "198.18.0.0/15", "198.51.100.128/25"},
			{edge2, "0.0.0.0/0 le 24", "0.0.0.0/0 le 25"}}, "198.51.100.128/25 edge2 moved", ""},
		{"a subnet of hosts is lost, its gateway's address is gone", []edit{lan}, nil, "198.51.100.128/25 edge2 lost", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := diff.Behave(solvedSide(t, c.before...).res, solvedSide(t, c.after...).res)
			var got []string
			for _, r := range b.Reachability {
				got = append(got, fmt.Sprint(r.Class, " ", r.From, " ", r.Kind))
			}
			if !slices.Contains(got, c.want) || c.not != "" && slices.Contains(got, c.not) {
				t.Errorf("changes:\n%s\nwant %s", strings.Join(got, "\n"), c.want)
			}
		})
	}
}

// TestGoneAddressesAreOneEntry: whoever misses them, and below everything else.
func TestGoneAddressesAreOneEntry(t *testing.T) {
	v := checked(t, Options{Before: twoEdges(t), After: twoEdges(t, edit{edge1, "interface eth1\n", "interface eth1\n shutdown\n"},
		edit{edge2, "interface eth1\n", "interface eth1\n shutdown\n"})})
	list := v.Effects.Reachability
	n := len(list)
	if n < 2 || list[n-1].Kind != "gone" || list[n-2].Kind == "gone" {
		t.Fatalf("reachability: %+v", list)
	}
	if x := list[n-1]; strings.Join(x.Classes, " ") != "10.0.0.0/32 10.0.0.1/32" || strings.Join(x.From, " ") != "edge1 edge2" {
		t.Errorf("gone: %+v", x)
	}
}

// TestLossesAreGrouped: what the same routers lose is one entry, however it ended before, and names what is our own first.
func TestLossesAreGrouped(t *testing.T) {
	v := checked(t, Options{Before: twoEdges(t, edit{edge2, "interface eth0\n", "interface eth5\n ip address 203.0.113.129/25\n!\ninterface eth0\n"}),
		After: twoEdges(t, edit{edge2, "interface eth0\n", "interface eth0\n shutdown\n"}, edit{edge2, "interface eth1\n", "interface eth1\n shutdown\n"})})
	seen := map[string]bool{}
	for _, e := range v.Effects.Reachability {
		if e.Kind != "lost" {
			continue
		}
		key := strings.Join(e.From, " ") + outcomeOf(e.After)
		if seen[key] {
			t.Errorf("two entries for what %v lose: %+v", e.From, v.Effects.Reachability)
		}
		seen[key] = true
	}
	if len(seen) == 0 || v.Effects.Reachability[0].Classes[0] != "203.0.113.128/25" {
		t.Errorf("reachability: %+v, want losses, and our own prefix first", v.Effects.Reachability)
	}
}
