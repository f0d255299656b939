//go:build linux

package drill_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/routegate/routegate/device/agent"
	"github.com/routegate/routegate/rescue"
	"github.com/routegate/routegate/rescue/bundle"
	"github.com/routegate/routegate/rescue/direct"
	"github.com/routegate/routegate/rescue/drill"
	"github.com/routegate/routegate/rescue/rescuetest"
)

// What a process of TestCutOff is. They share a folder.
const (
	roleOf   = "ROUTEGATE_TEST_ROLE"
	folderOf = "ROUTEGATE_TEST_FOLDER"
)

// TestCutOff has a machine with two networks, in namespaces of its own: edge1 is on the management network, edge2 in band, where the
// name server is too; edge1 has an address besides that both networks lead to. Everything answers. With --deny no packet goes in band and
// the drill works by management.
func TestCutOff(t *testing.T) {
	switch os.Getenv(roleOf) {
	case "":
		out, err := again(t, "machine", t.TempDir(), syscall.CLONE_NEWUSER|syscall.CLONE_NEWNET|syscall.CLONE_NEWNS).CombinedOutput()
		if required := os.Getenv("ROUTEGATE_REQUIRE_DAEMONS") == "1"; err != nil && len(out) == 0 && !required {
			t.Skip("requires namespaces: ", err)
		}
		if err != nil || !bytes.Contains(out, []byte("--- PASS")) {
			t.Errorf("%v\n%s", err, out)
		}
	case "machine":
		machine(t, os.Getenv(folderOf))
	case "routers":
		routers(t, os.Getenv(folderOf))
	default:
		operator(t, os.Getenv(folderOf), strings.TrimPrefix(os.Getenv(roleOf), "operator "))
	}
}

// again is this test in another role, and in namespaces of its own.
func again(t *testing.T, role, folder string, flags uintptr) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestCutOff$", "-test.v")
	cmd.Env = append(os.Environ(), roleOf+"="+role, folderOf+"="+folder)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags, Pdeathsig: syscall.SIGKILL}
	if flags&syscall.CLONE_NEWUSER != 0 {
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}
	}
	return cmd
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func ip(t *testing.T, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if out, err := exec.Command("ip", strings.Fields(l)...).CombinedOutput(); err != nil {
			t.Fatalf("ip %s: %v: %s", l, err, out)
		}
	}
}

// The addresses of agents.
var (
	edge1 = netip.MustParseAddrPort("192.0.2.11:7443")
	both  = netip.MustParseAddrPort("198.51.100.11:7443")
	edge2 = netip.MustParseAddrPort("10.0.0.12:7443")
)

const nameServer = "10.0.0.12:53"

func machine(t *testing.T, folder string) {
	a := rescuetest.NewAuthority(t, filepath.Join(folder, "ca"))
	resolv := filepath.Join(folder, "resolv.conf")
	must(t, os.WriteFile(resolv, []byte("nameserver 10.0.0.12\noptions timeout:1 attempts:1\n"), 0o600))
	must(t, syscall.Mount(resolv, "/etc/resolv.conf", "", syscall.MS_BIND, ""))
	r := newPeer(t, again(t, "routers", folder, syscall.CLONE_NEWNET))
	pid := r.cmd.Process.Pid
	ip(t, "link set lo up",
		fmt.Sprintf("link add mgmt0 type veth peer name mgmt netns %d", pid), "addr add 192.0.2.1/24 dev mgmt0", "link set mgmt0 up",
		fmt.Sprintf("link add eth0 type veth peer name inband netns %d", pid), "addr add 10.0.0.1/24 dev eth0", "link set eth0 up",
		"route add 198.51.100.0/24 via 10.0.0.12 metric 10", "route add 198.51.100.0/24 via 192.0.2.11 metric 20")
	r.ask(t, "wired")

	c := &bundle.Contents{Network: "example", Serial: 7, Credential: a.Credential(t, agent.Rescue), Routers: []bundle.Router{
		{Name: "edge1", Agent: bundle.Agent{Address: edge1}}, {Name: "edge2", Agent: bundle.Agent{Address: edge2}}}}
	c.Credential.SSHKey = []byte("not used")
	text, err := json.Marshal(c)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(folder, "contents.json"), text, 0o600))

	const refused = "in-band is denied, and 10.0.0.12:7443 is reached by eth0, not by mgmt0"
	for _, x := range []struct {
		deny    string
		limited bool // no network namespace can be had
		by      drill.Means
		edge2   string // "": it is reached
	}{
		{deny: ""},
		{deny: "dns", by: drill.ByNamespace},
		{deny: "dns,inband", by: drill.ByNamespace, edge2: refused},
		{deny: "inband", by: drill.ByNamespace, edge2: refused},
		{deny: "dns,inband", limited: true, by: drill.ByProcess, edge2: refused},
	} {
		t.Run(fmt.Sprintf("%s limited=%v", x.deny, x.limited), func(t *testing.T) {
			before := r.settled(t)
			flags := uintptr(0)
			if x.limited {
				flags = syscall.CLONE_NEWUSER
			}
			cmd := again(t, "operator "+x.deny, folder, flags)
			if x.limited {
				cmd.Env = append(cmd.Env, "ROUTEGATE_TEST_LIMITED=1")
			}
			var out, all bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &all
			if err := cmd.Run(); err != nil {
				t.Fatalf("%v\n%s%s", err, out.String(), all.String())
			}
			var f found
			first, _, _ := bytes.Cut(out.Bytes()[bytes.IndexByte(out.Bytes(), '{'):], []byte("\n"))
			must(t, json.Unmarshal(first, &f))
			after := r.settled(t)
			t.Logf("%+v\n%q\nbefore %+v, after %+v", f.Report.Routers, f.Report.Denied, before, after)

			if f.Report.DeniedBy != x.by || len(f.Report.Problems) > 0 || (len(f.Report.Denied) > 0) != (x.deny != "") {
				t.Errorf("%+v", f.Report)
			}
			if w := f.Report.Routers[0].Ways[0]; !w.Reached || len(w.Problems) > 0 {
				t.Errorf("by management: %+v", w)
			}
			w := f.Report.Routers[1].Ways[0]
			if w.Reached != (x.edge2 == "") || !slices.Equal(w.Problems, strings.FieldsFunc(x.edge2, func(r rune) bool { return r == '\n' })) {
				t.Errorf("in band: %+v", w)
			}
			if free := x.by == ""; (f.Lookup == "") != free || (f.Past == "") != (free || x.limited) {
				t.Errorf("a look-up: %q; past the resolver: %q", f.Lookup, f.Past)
			}
			if x.by == drill.ByNamespace && after.Questions != before.Questions {
				t.Errorf("%d questions to the name server", after.Questions-before.Questions)
			}
			if quiet := x.edge2 != "" && !x.limited; quiet && after.InBand != before.InBand || x.by == "" && after.InBand == before.InBand {
				t.Errorf("%d packets in band", after.InBand-before.InBand)
			}
			if (after.Accepted[edge2.String()] == before.Accepted[edge2.String()]) != (x.edge2 != "") || after.Accepted[edge1.String()] == before.Accepted[edge1.String()] {
				t.Errorf("accepted: %v, then %v", before.Accepted, after.Accepted)
			}
		})
	}
	t.Run("bound", func(t *testing.T) {
		m, err := drill.ManagementBy("mgmt0")
		must(t, err)
		if why := m.Refuse(both); !strings.Contains(why, "is reached by eth0") {
			t.Fatal(why)
		}
		before := r.settled(t)
		conn, err := m.Dial(t.Context(), both)
		must(t, err)
		defer conn.Close()
		if after := r.settled(t); !strings.HasPrefix(conn.LocalAddr().String(), "192.0.2.1:") || after.InBand != before.InBand {
			t.Errorf("from %s; %+v, then %+v", conn.LocalAddr(), before, after)
		}
	})
}

// found is what an operator prints.
type found struct {
	Report *drill.Report
	Lookup string // why a name has no address by the process's resolver, "" where it has one
	Past   string // the same by a socket to the name server
}

func operator(t *testing.T, folder, deny string) {
	if os.Getenv("ROUTEGATE_TEST_LIMITED") != "" {
		must(t, os.WriteFile("/proc/sys/user/max_net_namespaces", []byte("0"), 0))
	}
	d := drill.Deny{DNS: strings.Contains(deny, "dns"), Args: os.Args[1:], Stdout: os.Stdout, Stderr: os.Stderr}
	if strings.Contains(deny, "inband") {
		d.Management = "mgmt0"
	}
	cut, err := drill.CutOff(t.Context(), d)
	must(t, err)
	if cut.Ended {
		os.Exit(cut.Exit)
	}
	text, err := os.ReadFile(filepath.Join(folder, "contents.json"))
	must(t, err)
	var c bundle.Contents
	must(t, json.Unmarshal(text, &c))
	ctx, cancel := cut.Context(t.Context())
	defer cancel()
	refuse, err := cut.Refusals(&c)
	must(t, err)
	f := found{Report: drill.Run(ctx, drill.Options{Contents: &c, Ways: []rescue.Way{direct.New(c.Credential, cut.Dial())}, Refuse: refuse, Cut: cut})}
	short, end := context.WithTimeout(ctx, 5*time.Second)
	defer end()
	if _, err := net.DefaultResolver.LookupHost(short, "router.example."); err != nil {
		f.Lookup = err.Error()
	}
	if _, err := past.LookupHost(short, "router.example."); err != nil {
		f.Past = err.Error()
	}
	must(t, json.NewEncoder(os.Stdout).Encode(f))
}

// past asks the name server and no setting.
var past = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, network, nameServer)
}}
