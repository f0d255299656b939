package config

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/routegate/routegate/network"
)

// folder writes files given as "-- path --" and their text, and gives the folder.
func folder(t *testing.T, archive string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, archive)
	return dir
}

func write(t testing.TB, dir, archive string) {
	t.Helper()
	var name string
	files := map[string]*strings.Builder{}
	for _, line := range strings.SplitAfter(archive, "\n") {
		if s := strings.TrimSpace(line); strings.HasPrefix(s, "-- ") && strings.HasSuffix(s, " --") {
			name = strings.TrimSpace(s[3 : len(s)-3])
			files[name] = &strings.Builder{}
		} else if name != "" {
			files[name].WriteString(line)
		}
	}
	for name, b := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func load(t *testing.T, where string, o Options) *Snapshot {
	t.Helper()
	s, err := Load(context.Background(), where, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// speaker is a GoBGP configuration with neighbors "address AS".
func speaker(as, id string, neighbors ...string) string {
	var b strings.Builder
	b.WriteString("[global.config]\nas = " + as + "\nrouter-id = \"" + id + "\"\n")
	for _, n := range neighbors {
		addr, peer, _ := strings.Cut(n, " ")
		b.WriteString("[[neighbors]]\n[neighbors.config]\n")
		key := "neighbor-address"
		if strings.HasPrefix(addr, "eth") {
			key = "neighbor-interface"
		}
		b.WriteString(key + " = \"" + addr + "\"\npeer-as = " + peer + "\n")
	}
	return b.String()
}

const small = `
-- devices/r1/frr.conf --
hostname r1
interface eth0
 ip address 10.0.0.1/30
!
router bgp 65001
 neighbor 10.0.0.2 remote-as 65002
!
`

// What cannot be read is one line that says where and what to do.
func TestErrors(t *testing.T) {
	g := "\n-- devices/g1/gobgpd.toml --\n" + speaker("65002", "192.0.2.2")
	for _, c := range []struct{ name, files, want string }{
		{"empty folder", "", "DIR: no router is configured here (a snapshot has one folder a router: devices/NAME/frr.conf, devices/NAME/gobgpd.toml or devices/NAME/bird.conf)"},
		{"file outside of a router's folder", "\n-- devices/r1.conf --\nx\n", "devices/r1.conf: a router's files stand in a folder of its own (as in devices/NAME/frr.conf)"},
		{"no configuration", "\n-- devices/r1/notes.txt --\nx\n", "devices/r1: no configuration that can be read (want frr.conf, bgpd.conf and its like, or gobgpd.toml, .yaml or .json, or bird.conf)"},
		{"BIRD 1", "\n-- devices/r1/bird6.conf --\n", "devices/r1/bird6.conf: BIRD 1 is not read (BIRD 2 has both families in one bird.conf)"},
		{"BIRD beside FRR", small + "\n-- devices/r1/bird.conf --\n", "devices/r1/bird.conf: a BIRD configuration beside frr.conf (one router runs one routing daemon: keep one)"},
		{"refused by BIRD", "\n-- devices/r1/bird.conf --\nfilter x {\n\tif nothing then accept;\n}\n", "devices/r1/bird.conf:2:5: nothing is not defined"},
		{"two BGP daemons", small + "\n-- devices/r1/gobgpd.toml --\n" + speaker("65001", "192.0.2.1"),
			"devices/r1/frr.conf:5: BGP is configured here and in gobgpd.toml (one router runs one BGP daemon: FRR's files beside GoBGP's may hold interfaces, static routes and OSPF)"},
		{"BGP in both of FRR's ways", small + "\n-- devices/r1/bgpd.conf --\nrouter bgp 65001\n",
			"devices/r1/frr.conf:5: BGP is configured here and in bgpd.conf (FRR reads either frr.conf or the daemons' own files: keep one)"},
		{"two GoBGP files", g + "\n-- devices/g1/gobgpd.yaml --\n", "devices/g1/gobgpd.yaml: a second GoBGP configuration beside gobgpd.toml (gobgpd reads one file: keep that one)"},
		{"several broken files", "\n-- devices/b/gobgpd.toml --\nx = 1\n-- devices/a/gobgpd.toml --\n[global\n-- devices/c/gobgpd.toml --\n",
			"devices/a/gobgpd.toml:1:8: not TOML: expecting expression at this point [] 1 |"},
		{"misnamed environment", small + "\n-- routegate.yml --\n", "routegate.yml: this file would not be read (rename it to routegate.yaml)"},
		{"empty topology", small + "\n-- topology.clab.yml --\nname: x\n", "topology.clab.yml:1: there is no topology (want containerlab's format: topology.nodes and topology.links)"},
		{"unknown node", small + "\n-- topology.clab.yml --\ntopology:\n  nodes:\n    r1:\n  links:\n    - endpoints: [\"r1:eth1\", \"r2:eth1\"]\n",
			"topology.clab.yml:5:30: topology.nodes has no node r2 (did you mean r1?)"},
		{"one endpoint", small + "\n-- topology.clab.yml --\ntopology:\n  links:\n    - endpoints: [\"r1:eth1\"]\n", "topology.clab.yml:3:18: a link has two endpoints (as in endpoints: [\"r1:eth1\", \"r2:eth1\"])"},
		{"two wires", small + "\n-- topology.clab.yml --\ntopology:\n  links:\n    - endpoints: [\"r1:eth1\", \"h:eth1\"]\n    - endpoints: [\"r1:eth1\", \"h:eth2\"]\n",
			"topology.clab.yml:4:7: r1:eth1 has two wires (it is wired in line 3 already)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := folder(t, c.files)
			_, err := Load(context.Background(), dir, Options{})
			if err == nil {
				t.Fatal("loaded")
			}
			if _, ok := err.(*Error); !ok {
				t.Errorf("%T is not an *Error", err)
			}
			got := strings.ReplaceAll(err.Error(), dir, "DIR")
			if strings.Contains(c.want, "[]") {
				// The TOML library's own words are not ours to keep.
				if !strings.HasPrefix(got, "devices/a/gobgpd.toml:1") || !strings.HasSuffix(got, "2 more files cannot be read") {
					t.Errorf("got %s", got)
				}
				return
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestFolderErrors(t *testing.T) {
	if _, err := Load(context.Background(), "no/such", Options{}); err == nil || err.Error() != "no/such: no such folder (name a snapshot's folder, or git:REF)" {
		t.Error(err)
	}
	dir := folder(t, small)
	if err := os.Symlink("/etc/hostname", filepath.Join(dir, "devices/r1/ospfd.conf")); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(context.Background(), dir, Options{}); err == nil || err.Error() != "devices/r1/ospfd.conf: symbolic link leaves the snapshot (put the file itself into the snapshot)" {
		t.Error(err)
	}
	dir = folder(t, small)
	f, err := os.Create(filepath.Join(dir, "devices/r1/zebra.conf"))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(maxFile + 1); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if _, err := Load(context.Background(), dir, Options{}); err == nil || err.Error() != "devices/r1/zebra.conf: larger than 64 MiB (this is not a router's configuration)" {
		t.Error(err)
	}
}

// A file that no dialect reads is in the ledger; the daemons' shell settings, readmes and dotfiles do no harm.
func TestUnread(t *testing.T) {
	s := load(t, folder(t, small+`
-- devices/r1/daemons --
bgpd=yes
-- devices/r1/README.md --
about
-- devices/r1/.git-blame --
x
-- devices/r1/nftables.conf --
table ip filter

-- policies/own.rego --
package own
-- change.yaml --
title: x
`), Options{})
	if d := cmp.Diff([]string{"devices/r1/nftables.conf"}, s.Unread); d != "" {
		t.Error(d)
	}
	var got []string
	for _, f := range s.Network.Router("r1").Files {
		for i, x := range f.Support {
			if x == network.NotModelled || strings.HasSuffix(f.Path, "daemons") {
				got = append(got, f.Path+":"+string(rune('1'+i))+" "+x.String())
			}
		}
	}
	if d := cmp.Diff([]string{"devices/r1/daemons:1 irrelevant", "devices/r1/nftables.conf:1 not modelled"}, got); d != "" {
		t.Error(d)
	}
	if len(s.Policies) != 1 || s.Policies[0].Path != "policies/own.rego" || s.Change == nil {
		t.Errorf("policies %v, change %v", s.Policies, s.Change)
	}
}

// A router whose files did not change is the same value in both snapshots.
func TestBaseIsShared(t *testing.T) {
	dir := folder(t, small+"\n-- devices/g1/gobgpd.toml --\n"+speaker("65002", "192.0.2.2", "10.0.0.1 65001"))
	before := load(t, dir, Options{})
	write(t, dir, "-- devices/g1/gobgpd.toml --\n"+speaker("65002", "192.0.2.2", "10.0.0.1 65001", "10.9.9.9 65009"))
	after := load(t, dir, Options{Base: before})
	if before.Network.Router("r1") != after.Network.Router("r1") || after.Shared != 1 {
		t.Errorf("r1 is not shared (%d)", after.Shared)
	}
	if before.Network.Router("g1") == after.Network.Router("g1") {
		t.Error("g1 changed and is shared")
	}
	same := load(t, dir, Options{Base: after})
	for i, r := range same.Network.Routers {
		if r != after.Network.Routers[i] {
			t.Errorf("%s is not shared", r.Name)
		}
	}
}

// BGP of GoBGP, the rest of FRR.
func TestMerge(t *testing.T) {
	s := load(t, folder(t, `
-- devices/r1/zebra.conf --
hostname r1
interface eth0
 ip address 10.0.0.1/30
!
ip route 10.9.0.0/16 10.0.0.2
-- devices/r1/gobgpd.toml --
`+speaker("65001", "192.0.2.1", "10.0.0.2 65002")), Options{})
	r := s.Network.Router("r1")
	if r.Dialect != "gobgp" || r.Hostname != "r1" || len(r.Default().Static) != 1 || r.Default().BGP == nil || !r.Owns(r.Interfaces[0].Addresses[0].Prefix.Addr()) {
		t.Errorf("%+v", r)
	}
	if r.Default().BGP.Families[0].Install {
		t.Error("GoBGP tells zebra nothing unless told to")
	}
}

func git1(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=t", "-c", "user.email=t@example.net", "-c", "init.defaultBranch=main"}, args...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// A revision is read byte for byte, whatever stands in the working folder or in .gitattributes.
func TestGit(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Fatal("git is required: ", err)
	}
	dir := folder(t, strings.ReplaceAll(small, "devices/", "net/devices/")+"\n-- .gitattributes --\n*.conf export-ignore text eol=crlf\n")
	if err := os.Symlink("frr.conf", filepath.Join(dir, "net/devices/r1/zebra.conf")); err != nil {
		t.Fatal(err)
	}
	git1(t, dir, "init", "-q")
	git1(t, dir, "add", ".")
	git1(t, dir, "commit", "-q", "-m", "x")
	write(t, dir, "-- net/devices/r1/frr.conf --\nrouter bgp 1\n-- net/devices/r2/frr.conf --\n")
	t.Chdir(dir)
	// frr.conf and its link would both configure BGP.
	if _, err := Load(context.Background(), "git:main:net", Options{}); err == nil || !strings.Contains(err.Error(), "BGP is configured here and in") {
		t.Error(err)
	}
	git1(t, dir, "rm", "-q", "--cached", "net/devices/r1/zebra.conf")
	git1(t, dir, "commit", "-q", "-m", "y")
	s := load(t, "git:HEAD:net", Options{})
	r := s.Network.Router("r1")
	if len(s.Network.Routers) != 1 || r.Default().BGP.AS != 65001 || strings.Contains(string(r.Files[0].Text), "\r") {
		t.Errorf("%d routers, %q", len(s.Network.Routers), r.Files[0].Text)
	}
	t.Chdir(filepath.Join(dir, "net"))
	if s := load(t, "git:HEAD", Options{}); len(s.Network.Routers) != 1 {
		t.Error("the current directory's place in the revision is not taken")
	}
	for where, want := range map[string]string{
		"git:nowhere":    "git:nowhere: the repository has no revision \"nowhere\" (`git branch -a` and `git tag` list what there is; a shallow clone must be fetched deeper)",
		"git:HEAD:other": "git:HEAD:other: revision HEAD has no folder \"other\"",
		"git:":           "git:: no git revision is named (write git:REF or git:REF:FOLDER, as in git:main:networks/ams)",
		"git:--help":     "git:--help: no git revision is named (write git:REF or git:REF:FOLDER, as in git:main:networks/ams)",
	} {
		if _, err := Load(context.Background(), where, Options{}); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}
