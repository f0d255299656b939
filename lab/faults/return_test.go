package faults

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/routegate/routegate/canary"
	"github.com/routegate/routegate/lab/labtest"
)

// watchers are the networks in which a canary loses a protected prefix while it is watched, with the signals as they are by default; its
// agent does not judge for itself.
var watchers = []struct {
	name, router, signal string
	bmp                  string // what the router's file says more, with the collector's address
}{
	{"frr/bmp", "frr", "withdrawals", " bmp targets GATE\n  bmp monitor ipv4 unicast post-policy\n  bmp connect 10.99.0.1 port 11019 min-retry 500 max-retry 1000\n exit\n"},
	{"frr/polling", "frr", "protected", ""},
	{"gobgp/bmp", "gobgp", "withdrawals", "[[bmp-servers]]\n[bmp-servers.config]\naddress = \"10.99.0.1\"\nport = 11019\nstatistics-timeout = 15\n\n"},
	{"gobgp/polling", "gobgp", "protected", ""},
	{"bird/polling", "bird", "protected", ""},
}

// watched is before, of one router, with these ways to watch it.
func watched(router, bmp string) map[string]string {
	files := before(router)
	said := files["routegate.yaml"]
	head, rest, _ := strings.Cut(said, "  guard: 8s\n")
	_, tail, _ := strings.Cut(rest, "  agents: ")
	collect := ""
	if bmp != "" {
		collect = "  bmp: {listen: '10.99.0.1:11019'}\n"
	}
	files["routegate.yaml"] = strings.Replace(head, "bake: 1s", "bake: 40s", 1) + "  guard: 0s\n" + collect + "  agents: " + tail
	at := map[string]string{"frr": " address-family ipv4 unicast\n", "gobgp": "[[neighbors]]\n"}[router]
	if name := file[router].name; bmp != "" {
		files[name] = strings.Replace(files[name], at, bmp+at, 1)
	}
	return files
}

// BenchmarkReturn measures from the moment at which a router's daemon loses a protected prefix, by its neighbor's doing, to the moment at which
// the controller has the agent's word that the old configuration runs again, read back from the daemon.
func BenchmarkReturn(b *testing.B) {
	labtest.Require(b)
	for _, w := range watchers {
		b.Run(w.name, func(b *testing.B) {
			files := watched(w.router, w.bmp)
			l := &lane{t: b, router: w.router, m: labtest.UpManaged(b, files)}
			l.driver = l.m.Driver(b, w.router)
			l.m.Write(b, "after", edited(b, files, w.router))
			var worst, all time.Duration
			runs := 0
			for b.Loop() {
				took := l.withdrawn(b, w.signal)
				worst, all = max(worst, took), all+took
				runs++
			}
			b.ReportMetric(all.Seconds()/float64(runs), "s/return")
			b.ReportMetric(worst.Seconds(), "s-at-worst")
		})
	}
}

// withdrawn begins a rollout, has core withdraw the service once the signal has looked and passed, and says how long the return took. Then
// everything is as before.
func (l *lane) withdrawn(b testing.TB, signal string) time.Duration {
	awaitSession(b, l.driver)
	l.count++
	l.journal = filepath.Join(l.m.Dir, fmt.Sprintf("journal-%d", l.count))
	l.said.Reset()
	ended := l.start("rollout", "start", "--before", "before", "--after", "after")
	var lost, back time.Time
	for journal := newTail(l.journal); back.IsZero(); time.Sleep(glance) {
		for _, r := range journal.next() {
			if k := r.Event.Look; lost.IsZero() && k != nil && k.Signal == signal && k.Outcome == canary.Pass {
				lost = time.Now()
				l.serve(b, false)
			}
			if a := r.Event.Answer; a != nil && a.Call == canary.DoRevert && a.Error == "" && a.Router == l.router {
				back = time.Now()
			}
		}
		select {
		case <-ended:
			if back.IsZero() {
				b.Fatalf("the rollout ended without a return:\n%s", l.said.String())
			}
		default:
		}
	}
	<-ended
	if lost.IsZero() {
		b.Fatalf("%s failed before the service was withdrawn:\n%s", signal, l.said.String())
	}
	if why := l.document().Reason; !strings.Contains(why, signal) {
		b.Fatalf("the rollout came back for another reason: %s", why)
	}
	l.serve(b, true)
	return back.Sub(lost)
}

// serve has core announce the service to its neighbor, or withdraw it.
func (l *lane) serve(b testing.TB, yes bool) {
	b.Helper()
	no := ""
	if yes {
		no = "no "
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	out, err := l.m.Lab.Exec(ctx, "core", "", "vtysh", "-c", "configure terminal", "-c", "ip prefix-list ALL-BUT seq 5 deny 203.0.113.0/24",
		"-c", "ip prefix-list ALL-BUT seq 10 permit any", "-c", "router bgp 65010", "-c", "address-family ipv4 unicast",
		"-c", no+"neighbor "+cables[l.router].far+" prefix-list ALL-BUT out")
	if err != nil {
		b.Fatalf("core: %v\n%s", err, out)
	}
}
