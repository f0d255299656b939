package signals

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/routegate/routegate/canary"
)

// quick are the times of a short rollout.
const quick = `  signals:
    protected: {interval: 1s}
    sessions: {interval: 1s, delay: 1s}
    routes: {interval: 1s, delay: 1s}
    announcements: {interval: 1s, delay: 1s}
`

// looks are what a rollout looks at, each alone, and what its failure is called.
var looks = []struct{ name, setting, signal, says string }{
	{"icmp", "{name: echo, kind: icmp, address: HOST, count: 3, timeout: 1s, loss-percent: 20, from: clients}", "probes", "echo from clients: "},
	{"tcp", "{name: port, kind: tcp, address: HOST, port: 80, timeout: 1s, from: clients}", "probes", "port from clients: "},
	{"dns", "{name: names, kind: dns, address: HOST, query: www.example, timeout: 1s, from: clients}", "probes", "names from clients: "},
	{"http", "{name: shop, kind: http, address: HOST, url: 'http://HOST/', status: 200, timeout: 1s, from: clients}", "probes", "shop from clients: "},
	{"prometheus", "{name: scraped, promql: 'min(up{router=~\"$routers\"})', above: 1}", "prometheus", "scraped: 0 (at least 1)"},
}

// settingsOf has a rollout look at some of them.
func settingsOf(names ...string) string {
	probes, queries := "  vantages: {clients: {source: "+station+"}}\n  probes:\n", "  prometheus:\n    url: http://10.99.0.1:9090\n    queries:\n"
	signals, more := map[string]bool{}, ""
	for _, x := range looks {
		if !slices.Contains(names, x.name) {
			continue
		}
		signals[x.signal] = true
		if item := strings.ReplaceAll(x.setting, "HOST", host); x.signal == "probes" {
			probes += "    - " + item + "\n"
		} else {
			queries += "      - " + item + "\n"
		}
	}
	for _, name := range slices.Sorted(maps.Keys(signals)) {
		more += "    " + name + ": {interval: 1s, delay: 1s, failure-limit: 1}\n"
	}
	if signals["probes"] {
		more += probes
	}
	if signals["prometheus"] {
		more += queries
	}
	return quick + more
}

// TestGray: a change moves the service to a second link that carries BGP and nothing else. Every table says what the simulation says, and
// only who tries the service, or has measured it, knows better: each probe alone, and a Prometheus alone, ends the rollout at its canary, and all
// comes back. Without the fault the same change is completed with all of them looking.
func TestGray(t *testing.T) {
	require(t, "nft", "prometheus")
	t.Parallel()
	s := up(t, before("20s", ""))
	s.serve(t)
	s.monitor(t)
	var all []string
	write := func(name string, names ...string) {
		files := before("6s", settingsOf(names...))
		s.Write(t, name, files)
		s.Write(t, name+"-moved", edited(t, files, " set metric 20", " set metric 5"))
	}
	s.gray(t, true)
	for _, x := range looks {
		all = append(all, x.name)
		write(x.name, x.name)
		t.Run(x.name, func(t *testing.T) {
			l := s.lead(t, x.name, x.name+"-moved")
			s.returned(t, l, x.signal, x.says)
			for _, e := range l.events {
				if o := e.Event.Look; o != nil && o.Signal != x.signal && o.Outcome == canary.Fail {
					t.Errorf("%s failed as well: %v", o.Signal, o.Seen)
				}
			}
			t.Log(l.document.Reason)
		})
	}
	s.gray(t, false)
	write("all", all...)
	if l := s.lead(t, "all", "all-moved"); l.code != 0 {
		t.Errorf("without the fault the rollout ended with %d: %s\n%s", l.code, l.document.Reason, l.said)
	}
}
