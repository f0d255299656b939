package direct_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent"
	"github.com/routegate/routegate/rescue"
	"github.com/routegate/routegate/rescue/bundle"
	"github.com/routegate/routegate/rescue/direct"
	"github.com/routegate/routegate/rescue/rescuetest"
)

var before, after = rescuetest.Text("hostname edge1\n"), rescuetest.Text("hostname edge1\n!\n")

// changed is edge1's agent, of an authority, after a confirmed change.
func changed(t *testing.T) (a *rescuetest.Authority, g *rescuetest.Agent, at netip.AddrPort) {
	t.Helper()
	a = rescuetest.NewAuthority(t, filepath.Join(t.TempDir(), "ca"))
	l, at := rescuetest.Listen(t)
	g = a.Agent(t, "edge1", rescuetest.NewDaemon(before), l)
	ctx := t.Context()
	_, err := g.Arm(ctx, device.Order{Change: "c1", Base: before, Candidate: after, Window: time.Minute})
	must(t, err)
	_, err = g.Apply(ctx, "c1")
	must(t, err)
	_, err = g.Confirm(ctx, "c1")
	must(t, err)
	g.Daemon.Has(t, after)
	return a, g, at
}

func edge1(at netip.AddrPort) bundle.Router {
	return bundle.Router{Name: "edge1", Driver: "frr", Agent: bundle.Agent{Address: at}}
}

func soon(t *testing.T, patience time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// TestReach: the rescue credential takes the router, sees what it has had, and brings it back, by the one address that the bundle has.
func TestReach(t *testing.T) {
	a, g, at := changed(t)
	var dialed []netip.AddrPort
	w := direct.New(a.Credential(t, agent.Rescue), func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
		dialed = append(dialed, to)
		return rescue.TCP(ctx, to)
	})
	if w.Offered(bundle.Router{Name: "edge1"}) || !w.Offered(edge1(at)) {
		t.Error("it is offered where there is an address")
	}
	ctx := soon(t, 30*time.Second)
	r, err := w.Reach(ctx, edge1(at))
	must(t, err)
	defer r.Close()
	st, err := r.Status(ctx)
	must(t, err)
	stored, err := r.Stored(ctx)
	must(t, err)
	if st.Router != "edge1" || st.Confirmed != after.Hash() || !slices.ContainsFunc(stored, func(s device.Stored) bool { return s.Hash == before.Hash() }) {
		t.Errorf("%+v, stored %+v", st, stored)
	}
	_, err = r.Lease(ctx, "anna", time.Minute)
	must(t, err)
	if st, err := r.RestoreFor(ctx, before.Hash(), "anna", "a test"); err != nil || st.Outcome != device.Restored {
		t.Errorf("%+v, %v", st, err)
	}
	g.Daemon.Has(t, before)
	if !slices.Equal(dialed, []netip.AddrPort{at}) {
		t.Errorf("it connected to %v, want %v once", dialed, at)
	}
}

// TestNobodyElse: whoever else answers at the address is not taken for the router, and is sent nothing; the error is one line that says how far it came.
func TestNobodyElse(t *testing.T) {
	a, g, at := changed(t)
	other := rescuetest.NewAuthority(t, filepath.Join(t.TempDir(), "ca"))
	foreign, strange := rescuetest.Listen(t)
	other.Agent(t, "edge1", rescuetest.NewDaemon(before), foreign)
	wrong, neighbor := rescuetest.Listen(t)
	a.Agent(t, "edge2", rescuetest.NewDaemon(before), wrong)
	silent, nobody := rescuetest.Listen(t)
	defer silent.Close()
	closed, refuses := rescuetest.Listen(t)
	closed.Close()

	own := a.Credential(t, agent.Rescue)
	theirs := other.Credential(t, agent.Rescue)
	theirs.CA = own.CA
	for name, c := range map[string]struct {
		credential bundle.Credential
		at         netip.AddrPort
		patience   time.Duration
		want       string
	}{
		"an agent of another authority":       {own, strange, 30 * time.Second, "certificate signed by unknown authority"},
		"the agent of another router":         {own, neighbor, 30 * time.Second, "the agent there is that of edge2, not of edge1"},
		"somebody who says nothing":           {own, nobody, 500 * time.Millisecond, nobody.String() + ": no answer"},
		"nobody listens":                      {own, refuses, 30 * time.Second, "connection refused"},
		"a credential of another authority":   {theirs, at, 30 * time.Second, "the agent does not answer"}, // its refusal may come before or after the end of the connection
		"a credential that cannot be read":    {bundle.Credential{CA: own.CA}, at, 30 * time.Second, "certificate and key"},
		"an authority that cannot be read":    {bundle.Credential{Certificate: own.Certificate, Key: own.Key}, at, 30 * time.Second, "agent at " + at.String()},
		"a key that is not the certificate's": {bundle.Credential{CA: own.CA, Certificate: own.Certificate, Key: theirs.Key}, at, 30 * time.Second, "certificate and key"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := direct.New(c.credential, nil).Reach(soon(t, c.patience), edge1(c.at))
			if err == nil {
				r.Close()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want one line with %q", err, c.want)
			}
		})
	}
	g.Daemon.Has(t, after)

	g.Stop() // an agent that ended between two calls is told as such, not as a success
	if _, err := direct.New(own, nil).Reach(soon(t, 30*time.Second), edge1(at)); !errors.Is(err, device.ErrUnreachable) {
		t.Errorf("a dead agent: %v", err)
	}
}

// TestExcess: what a credential may do beyond a rescue is named, and nothing is done by looking.
func TestExcess(t *testing.T) {
	a, g, at := changed(t)
	touched := g.Daemon.Touched()
	for role, want := range map[agent.Role][]string{
		agent.Rescue:     nil,
		agent.Observer:   {"may read the running configuration, with its passwords"},
		agent.Controller: {"may arm a change", "may read the running configuration, with its passwords"},
	} {
		got, err := direct.New(a.Credential(t, role), nil).Excess(soon(t, 30*time.Second), edge1(at))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v; want %q", role, got, err, want)
		}
	}
	if st, err := g.Status(t.Context()); err != nil || st.Phase != device.Idle || st.Change != "c1" || g.Daemon.Touched() != touched {
		t.Errorf("it was touched %d times: %+v, %v", g.Daemon.Touched()-touched, st, err)
	}
	g.Stop() // of what could not be asked nothing is said
	if got, err := direct.New(a.Credential(t, agent.Rescue), nil).Excess(soon(t, 30*time.Second), edge1(at)); !errors.Is(err, device.ErrUnreachable) || len(got) > 0 {
		t.Errorf("a dead agent: %q, %v", got, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
