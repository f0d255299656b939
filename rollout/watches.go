package rollout

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/routegate/routegate/canary"
	"github.com/routegate/routegate/canary/bmp"
	"github.com/routegate/routegate/canary/probe"
	"github.com/routegate/routegate/canary/prometheus"
)

// The names of the signals that look at more than the routers' own tables.
const (
	signalProbes     = "probes"
	signalPrometheus = "prometheus"
	signalBMP        = "withdrawals"
)

// watches are their settings, as a plan carries them: a controller that takes a rollout over makes the same signals.
type watches struct {
	Probes     []probe.Target     `json:"probes,omitempty"`
	Prometheus string             `json:"prometheus,omitempty"`
	Queries    []prometheus.Query `json:"queries,omitempty"`
	BMP        netip.AddrPort     `json:"bmp"`
	Withdrawn  int                `json:"withdrawn,omitempty"`
}

// watches takes from routegate.yaml what is to be looked at.
func (x *settings) watches() watches {
	w := watches{Prometheus: x.Prometheus.URL, BMP: x.BMP.Listen, Withdrawn: x.BMP.Withdrawn}
	for _, p := range x.Probes {
		w.Probes = append(w.Probes, probe.Target{Name: p.Name, Kind: probe.Kind(p.Kind), Address: p.Address, Port: p.Port, Query: p.Query, URL: p.URL,
			Status: p.Status, From: probe.Vantage(p.From), Count: p.Count, Loss: p.LossPercent / 100, Slow: p.Slow, Timeout: p.Timeout})
	}
	for _, q := range x.Prometheus.Queries {
		w.Queries = append(w.Queries, prometheus.Query(q))
	}
	return w
}

// signals are how often they are looked at where routegate.yaml does not say it.
func (w *watches) signals() []canary.SignalSetting {
	var out []canary.SignalSetting
	if len(w.Probes) > 0 {
		out = append(out, canary.SignalSetting{Name: signalProbes, Interval: 5 * time.Second, Delay: 5 * time.Second, FailureLimit: 2, NoDataLimit: 3})
	}
	if len(w.Queries) > 0 {
		out = append(out, canary.SignalSetting{Name: signalPrometheus, Interval: 15 * time.Second, Delay: 30 * time.Second, FailureLimit: 1, NoDataLimit: 2})
	}
	if w.BMP.IsValid() {
		out = append(out, canary.SignalSetting{Name: signalBMP, Interval: 500 * time.Millisecond, Delay: 500 * time.Millisecond, FailureLimit: 1, NoDataLimit: 20})
	}
	return out
}

// watching are the signals of a plan while its rollout is led, and what they keep open.
type watching struct {
	signals   []canary.Signal
	collector *bmp.Collector // nil without rollout.bmp
	listen    netip.AddrPort
	stop      func() // ends what is open, and waits for it
}

// watch makes the signals of a plan.
func watch(ctx context.Context, p *canary.Plan) (*watching, error) {
	all := &watching{stop: func() {}}
	var w watches
	if len(p.Watches) == 0 {
		return all, nil
	}
	if err := json.Unmarshal(p.Watches, &w); err != nil {
		return nil, fmt.Errorf("the plan's watches: %w", err)
	}
	if len(w.Probes) > 0 {
		s, err := probe.New(signalProbes, w.Probes)
		if err != nil {
			return nil, err
		}
		all.signals = append(all.signals, s)
	}
	if len(w.Queries) > 0 {
		s, err := prometheus.New(signalPrometheus, prometheus.Options{URL: w.Prometheus}, w.Queries)
		if err != nil {
			return nil, err
		}
		all.signals = append(all.signals, s)
	}
	if w.BMP.IsValid() {
		if err := w.collect(ctx, p, all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// reconnect is how long the routers are waited for that are to tell by BMP: gobgpd waits up to 30 s between two attempts.
const reconnect = 40 * time.Second

// ready waits until the routers that are to change tell by BMP, where that is looked at, and refuses a rollout that would be blind.
func (w *watching) ready(ctx context.Context, p *canary.Plan, patience time.Duration, told func(canary.Note)) error {
	if w.collector == nil {
		return nil
	}
	var routers []string
	for _, r := range p.Routers {
		routers = append(routers, r.Name)
	}
	now, cancel := context.WithTimeout(ctx, patience/20) // most are there at once
	missing := w.collector.Await(now, routers)
	cancel()
	if len(missing) == 0 || ctx.Err() != nil {
		return ctx.Err()
	}
	if told != nil {
		told(canary.Note{At: time.Now(), Text: fmt.Sprintf("waiting for BMP sessions to %s from %s", w.listen, strings.Join(missing, ", "))})
	}
	later, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if missing = w.collector.Await(later, missing); len(missing) > 0 && ctx.Err() == nil {
		return refuse("rollout.bmp: no BMP session to %s within %s from %s: each router that changes must send BMP there, from its management address", w.listen, patience, strings.Join(missing, ", "))
	}
	return ctx.Err()
}

// collect lets the routers of the plan tell by BMP what is withdrawn. They are known by their management addresses.
func (w *watches) collect(ctx context.Context, p *canary.Plan, all *watching) error {
	routers := map[netip.Addr]string{}
	know := func(s canary.Station) {
		if a, err := netip.ParseAddrPort(s.Address); err == nil {
			routers[a.Addr()] = s.Name
		}
	}
	for _, r := range p.Routers {
		know(r.Station)
	}
	for _, s := range p.Watched {
		know(s)
	}
	var never []netip.Prefix
	for _, text := range p.Protected {
		if x, err := netip.ParsePrefix(text); err == nil {
			never = append(never, x)
		}
	}
	c := bmp.NewCollector(bmp.Options{Routers: routers})
	s, err := bmp.New(signalBMP, c, bmp.Limits{Withdrawn: w.Withdrawn, Never: never})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", w.BMP.String())
	if err != nil {
		return fmt.Errorf("rollout.bmp.listen: %w", err)
	}
	life, end := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { c.Serve(life, l) })
	all.signals, all.collector, all.listen = append(all.signals, s), c, w.BMP
	all.stop = func() { end(); wg.Wait() }
	return nil
}
