package faults

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/routegate/routegate/lab/labtest"
)

// BenchmarkRescue measures one command that brings twenty routers back, FRR, GoBGP and BIRD, of which each was given a bad change for good and has lost its in-band links: by
// their agents, and with every agent dead by SSH. The time is the whole command's, from its start to its end, with the passphrase.
func BenchmarkRescue(b *testing.B) {
	labtest.Require(b)
	files, routers := twenty()
	g := newGoneOf(b, files, routers)
	for _, way := range []string{"agent", "ssh"} {
		if way == "ssh" {
			for _, r := range g.routers {
				must(b, g.KillAgent(r))
			}
		}
		b.Run(way, func(b *testing.B) {
			part := *g
			part.t = b
			part.measure(b, way)
		})
	}
}

func (g *gone) measure(b *testing.B, way string) {
	var worst, all time.Duration
	runs := 0
	for b.Loop() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		g.ruin(ctx)
		began := time.Now()
		out := g.rollback(0)
		took := time.Since(began)
		g.back(ctx, g.routers...)
		cancel()
		if n := strings.Count(out, "  "+way+"\n"); n != len(g.routers) {
			b.Fatalf("%d of %d routers came back by %s:\n%s", n, len(g.routers), way, out)
		}
		worst, all = max(worst, took), all+took
		runs++
	}
	b.ReportMetric(all.Seconds()/float64(runs), "s/rescue")
	b.ReportMetric(worst.Seconds(), "s-at-worst")
}

// twenty is core, and nineteen routers around it.
func twenty() (files map[string]string, routers []string) {
	names, ends := []string(nil), map[string]cable{}
	files = map[string]string{"routegate.yaml": patient()["routegate.yaml"]}
	said, _, _ := strings.Cut(files["routegate.yaml"], devices["frr"])
	for i := range 19 {
		kind := daemons[i%len(daemons)]
		name, was := fmt.Sprintf("%s%d", kind, i), cables[kind]
		c := cable{fmt.Sprintf("10.7.%d.1", i), fmt.Sprintf("10.7.%d.2", i), 65100 + i}
		names, ends[name] = append(names, name), c
		edit := strings.NewReplacer(was.far, c.far, was.core, c.core, fmt.Sprint(was.as), fmt.Sprint(c.as),
			fmt.Sprintf("10.255.0.%d", was.as-65000), fmt.Sprintf("10.255.1.%d", i+1), "hostname "+kind, "hostname "+name)
		files[strings.Replace(file[kind].name, "/"+kind+"/", "/"+name+"/", 1)] = edit.Replace(file[kind].text)
		said += fmt.Sprintf("  %s: {role: %s, mgmt: 10.99.0.%d, interfaces: {core0: [%s/30]}}\n", name, kind, 20+i, c.far)
		if kind == "frr" { // whose file says it
			said = strings.Replace(said, fmt.Sprintf(", interfaces: {core0: [%s/30]}", c.far), "", 1)
		}
	}
	files["routegate.yaml"], files["devices/core/frr.conf"] = said, coreOf(ends, names...)
	return files, append([]string{"core"}, names...)
}
