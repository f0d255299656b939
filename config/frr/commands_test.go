package frr

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/routegate/routegate/network"
)

// preludes open the blocks that the table names, with what their lines refer to.
var preludes = map[string]string{
	"":          "",
	"interface": "interface eth0\n",
	"vrf":       "vrf RED\n",
	"route-map": "route-map M permit 10\n",
}

func prelude(context string) string {
	if s, ok := preludes[context]; ok {
		return s
	}
	block, family, _ := strings.Cut(context, " / af ")
	s := map[string]string{"router bgp": "router bgp 65000\n", "router bgp vrf": "router bgp 65000 vrf RED\n",
		"router bgp view": "router bgp 65000 view V\n"}[block]
	if s == "" {
		return context + "\n"
	}
	s += "neighbor NAME peer-group\nneighbor 10.0.0.1 peer-group NAME\n"
	if family != "" {
		s += "address-family " + family + "\n"
	}
	return s
}

// The commands that real configurations use most, each in its block, and what becomes of it.
// The table's rows are "state <tab> block <tab> command", most frequent first.
func TestFrequentCommands(t *testing.T) {
	const file = "testdata/commands.txt"
	table, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var updated strings.Builder
	counts := map[string]int{}
	for n, row := range strings.Split(strings.TrimSpace(string(table)), "\n") {
		cells := strings.Split(row, "\t")
		if len(cells) != 3 {
			t.Fatalf("%s:%d: want three cells", file, n+1)
		}
		text := prelude(cells[1]) + cells[2]
		r := parse(t, text)
		f := &r.Files[0]
		state := f.Support[len(f.Support)-1].String()
		if len(f.Notes) > 0 && int(f.Notes[len(f.Notes)-1].Span.First) == len(f.Support) && f.Support[len(f.Support)-1] == network.NotModelled {
			note := f.Notes[len(f.Notes)-1]
			state += ": " + note.Reason
		}
		word, _, _ := strings.Cut(state, ":")
		counts[word]++
		if state != cells[0] && !*update {
			t.Errorf("%s:%d: %q in %q is %q, want %q", file, n+1, cells[2], cells[1], state, cells[0])
		}
		fmt.Fprintf(&updated, "%s\t%s\t%s\n", state, cells[1], cells[2])
	}
	if *update {
		if err := os.WriteFile(file, []byte(updated.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("of the frequent commands: %v", counts)
}
