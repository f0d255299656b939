package ssh_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"github.com/routegate/routegate/lab/labtest/sshtest"
	"github.com/routegate/routegate/rescue/bundle"
	"github.com/routegate/routegate/rescue/ssh"
)

// TestExcess: a credential that is restricted as the manual has it can do no more; each option that is missing shows.
func TestExcess(t *testing.T) {
	n := newNetwork(t)
	router := func(options ...string) bundle.Router {
		s := sshtest.Start(t, sshtest.Options{Address: at("127.7.0.7"), HostKey: n.hostKey, Authorized: []string{sshtest.Allow(n.credential, options...)}})
		r := n.bundled()
		r.SSH.Address = s.Address
		return r
	}
	behind := func(options ...string) bundle.Router { return n.jumpHost(t, n.hostKey, options...) }
	for _, c := range []struct {
		name, way string
		router    bundle.Router
		want      []string
	}{
		{"as it should be", ssh.RouterName, n.bundled(), nil},
		{"no forced command", ssh.RouterName, router("restrict"), []string{"any command"}},
		{"no restrict", ssh.RouterName, router(n.forced()[1]), []string{"forward an SSH agent", "connect onward", "listen for connections"}},
		{"neither", ssh.RouterName, router(), []string{"any command", "forward an SSH agent", "connect onward", "listen for connections"}},
		{"the jump host as it should be", ssh.JumpName, behind(n.permitted(n.router.Address)...), nil},
		{"a jump host that leads anywhere", ssh.JumpName, behind("restrict", "port-forwarding", `command="/usr/sbin/nologin"`), []string{"connect onward", "listen for connections"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, ok := n.way(t, c.way).(interface {
				Excess(context.Context, bundle.Router) ([]string, error)
			})
			if !ok {
				t.Fatal("the way does not tell")
			}
			got, err := w.Excess(t.Context(), c.router)
			if err != nil || len(got) != len(c.want) {
				t.Fatalf("%q, %v, want %q", got, err, c.want)
			}
			for i := range got {
				if !strings.Contains(got[i], c.want[i]) {
					t.Errorf("%q, want %q", got[i], c.want[i])
				}
			}
		})
	}
	gone := n.bundled()
	gone.SSH.Address = netip.MustParseAddrPort("127.7.0.9:9")
	if _, err := n.way(t, ssh.RouterName).(interface {
		Excess(context.Context, bundle.Router) ([]string, error)
	}).Excess(t.Context(), gone); err == nil {
		t.Error("nobody was asked, and that is no error")
	}
}
