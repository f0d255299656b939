package drill_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/rescue"
	"github.com/routegate/routegate/rescue/bundle"
	"github.com/routegate/routegate/rescue/drill"
)

// way is one to routers that a test describes; nothing but reading is called on what it leads to.
type way struct {
	name   string
	stored []device.Stored
	phase  device.Phase
	err    error
	excess []string
}

func (w *way) Name() string                 { return w.name }
func (w *way) Offered(r bundle.Router) bool { return r.Name != "unreached" }

func (w *way) Reach(context.Context, bundle.Router) (rescue.Reached, error) {
	return reached{w: w}, w.err
}

func (w *way) Excess(context.Context, bundle.Router) ([]string, error) { return w.excess, nil }

// reached panics at every call that a drill must not make: they are the nil interface's.
type reached struct {
	rescue.Reached
	w *way
}

func (r reached) Status(context.Context) (device.Status, error) {
	return device.Status{Router: "edge1", Phase: r.w.phase, Detail: "disk full"}, nil
}
func (r reached) Stored(context.Context) ([]device.Stored, error) { return r.w.stored, nil }
func (r reached) Close() error                                    { return nil }

func contents(names ...string) *bundle.Contents {
	c := &bundle.Contents{Network: "example", Serial: 7, Credential: bundle.Credential{SSHKey: []byte("a key")}}
	for _, n := range names {
		c.Routers = append(c.Routers, bundle.Router{Name: n, History: []bundle.Entry{{Hash: "sha256:a", Change: "c-2"}, {Hash: "sha256:b", Change: "c-1"}}})
	}
	return c
}

func TestFindings(t *testing.T) {
	both := []device.Stored{{Hash: "sha256:a", Change: "c-2"}, {Hash: "sha256:b"}}
	for _, c := range []struct {
		name string
		way  way
		want string // "": the drill finds nothing
	}{
		{"all is well", way{stored: both}, ""},
		{"nobody answers", way{err: errors.New("no answer")}, "no answer"},
		{"the router forgot one", way{stored: both[:1]}, "the router has no more the configuration b of change c-1"},
		{"the bundle is behind", way{stored: append([]device.Stored{{Hash: "sha256:c", Change: "c-3"}}, both...)}, "newest configuration c of change c-3: pack it anew"},
		{"stuck", way{stored: both, phase: device.Stuck}, "its switch is stuck: disk full"},
		{"too mighty", way{stored: both, excess: []string{"may arm a change"}}, "the credential can do too much: may arm a change"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.way.name = "agent"
			r := drill.Run(t.Context(), drill.Options{Contents: contents("edge1"), Ways: []rescue.Way{&c.way}})
			got := r.Routers[0].Ways[0]
			if r.Works() != (c.want == "") || got.Reached != (c.way.err == nil) {
				t.Errorf("works %v, reached %v: %q", r.Works(), got.Reached, got.Problems)
			}
			if all := strings.Join(got.Problems, "\n"); !strings.Contains(all, c.want) {
				t.Errorf("%q, want %q", all, c.want)
			}
			var text strings.Builder
			if err := r.WriteText(&text); err != nil || !strings.Contains(text.String(), c.want) {
				t.Errorf("%v: %s", err, text.String())
			}
		})
	}
}

// TestLost: a router that no way leads to is named, and so is a bundle without an SSH key.
func TestLost(t *testing.T) {
	c := contents("edge1", "unreached")
	c.Credential.SSHKey = nil
	stored := []device.Stored{{Hash: "sha256:a"}, {Hash: "sha256:b"}}
	r := drill.Run(t.Context(), drill.Options{Contents: c, Ways: []rescue.Way{&way{name: "agent", stored: stored}, &way{name: "ssh", err: errors.New("no answer")}}})
	if r.Works() || len(r.Lost()) != 1 || r.Lost()[0] != "unreached" || len(r.Problems) != 1 {
		t.Errorf("%+v", r)
	}
	if want := "1 of 2 routers could not have been brought back by any way"; r.Summary() != want {
		t.Errorf("%q, want %q", r.Summary(), want)
	}
}

// TestDeny: a way that leaves by another interface than the management network's is not walked; a look-up is refused and
// counted.
func TestDeny(t *testing.T) {
	old := net.DefaultResolver
	t.Cleanup(func() { net.DefaultResolver = old })
	asked := drill.DenyDNS()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, err := net.DefaultResolver.LookupHost(ctx, "dns.example."); err == nil || asked() == 0 {
		t.Errorf("%v, asked %d", err, asked())
	}
	if _, err := drill.ManagementBy("no-such-interface"); err == nil {
		t.Error("an interface that is not there")
	}
	m, err := drill.ManagementBy("lo")
	if err != nil {
		t.Fatal(err)
	}
	if why := m.Refuse(netip.MustParseAddrPort("127.7.0.1:7443")); why != "" {
		t.Errorf("by the interface: %s", why)
	}
	if why := m.Refuse(netip.MustParseAddrPort("192.0.2.1:22")); !strings.Contains(why, "in-band is denied") {
		t.Errorf("not by the interface: %q", why)
	}
}
