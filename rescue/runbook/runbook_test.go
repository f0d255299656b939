package runbook_test

import (
	"bytes"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent/deadman"
	"github.com/routegate/routegate/device/agent/store"
	"github.com/routegate/routegate/rescue/bundle"
	"github.com/routegate/routegate/rescue/runbook"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// configurations of one file and of several, with what a shell or a pattern could trip over.
var configurations = map[string]device.Configuration{
	"one":     {Files: []device.File{{Name: "bird.conf", Data: []byte("router id 10.0.0.1; # \"Data\":\"x\" ] ' $HOME\n")}}},
	"several": {Files: []device.File{{Name: "bird.conf", Data: []byte("include \"peers/*.conf\";\n")}, {Name: "peers/it's [core].conf", Data: bytes.Repeat([]byte{0, 0xff, '\n'}, 5000)}, {Name: "birdxconf", Data: []byte("x")}}},
}

// TestFetch: the commands of the page take the configuration out of a real agent's folder and out of a real bundle, byte by byte.
func TestFetch(t *testing.T) {
	for name, c := range configurations {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			state, etc, laptop, tools := filepath.Join(dir, "the agent's state"), filepath.Join(dir, "etc"), filepath.Join(dir, "laptop"), filepath.Join(dir, "bin")
			for _, d := range []string{state, etc, laptop, tools} {
				must(t, os.Mkdir(d, 0o700))
			}
			disk, err := store.OpenFolder(state)
			must(t, err)
			s, _, err := store.Open(disk)
			must(t, err)
			must(t, s.Keep(deadman.Record{Change: "c-1", Base: c.Hash()}, time.Now(), c))
			must(t, disk.Close())

			b := &bundle.Contents{Network: "n", Created: time.Now(), Serial: 1, Configurations: map[device.Hash]device.Configuration{c.Hash(): c},
				Routers: []bundle.Router{{Name: "r1", Driver: "bird", Config: filepath.Join(etc, "bird.conf"), State: state,
					Agent: bundle.Agent{Address: netip.MustParseAddrPort("192.0.2.1:7443")}, History: []bundle.Entry{{Hash: c.Hash(), At: time.Now()}}}}}
			seal(t, b, filepath.Join(laptop, "rescue.bundle"), tools)
			p, err := runbook.Make(b, runbook.Options{})
			must(t, err)
			var fetch runbook.Step
			for _, s := range p.Routers[0].Steps {
				if strings.HasPrefix(s.Title, "Fetch") {
					fetch = s
				}
			}
			if len(fetch.Parts) != 4 {
				t.Fatalf("%+v", fetch)
			}
			t.Setenv("PATH", tools+":"+os.Getenv("PATH"))
			run := func(in string, commands ...string) string {
				cmd := exec.Command("sh", "-ec", strings.Join(commands, "\n"))
				cmd.Dir = in
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Fatalf("%v\n%s%s", err, strings.Join(commands, "\n"), out)
				}
				return string(out)
			}
			run(etc, fetch.Parts[0].Commands...)
			run(laptop, fetch.Parts[1].Commands...)
			for _, f := range c.Files {
				for _, at := range []string{filepath.Join(etc, "back", f.Name), filepath.Join(laptop, filepath.Base(f.Name))} {
					if got, err := os.ReadFile(at); err != nil || !bytes.Equal(got, f.Data) {
						t.Errorf("%s: %v: %.80q, want %.80q", at, err, got, f.Data)
					}
				}
			}
			sums := strings.Split(strings.TrimSpace(run(etc, fetch.Parts[3].Commands...)), "\n")
			for i, want := range fetch.Parts[3].Seen {
				if digits, _, _ := strings.Cut(want, " "); !strings.HasPrefix(strings.TrimPrefix(sums[i], "\\"), digits) {
					t.Errorf("sha256sum says %s, the page %s", sums[i], want)
				}
			}
		})
	}
}

// seal writes a bundle, and an age that takes this one and no other: what it decrypts to was decrypted by the library.
func seal(t *testing.T, b *bundle.Contents, name, tools string) {
	t.Helper()
	dir := t.TempDir()
	_, err := bundle.NewSigner(filepath.Join(dir, "key"))
	must(t, err)
	key, err := bundle.ReadSigner(filepath.Join(dir, "key"))
	must(t, err)
	own, err := age.GenerateX25519Identity()
	must(t, err)
	var out bytes.Buffer
	must(t, bundle.Seal(&out, b, key, own.Recipient()))
	must(t, os.WriteFile(name, out.Bytes(), 0o600))
	sealed := bytes.SplitN(out.Bytes(), []byte("\n"), 4)[3]
	r, err := age.Decrypt(bytes.NewReader(sealed), own)
	must(t, err)
	plain, err := io.ReadAll(r)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "sealed"), sealed, 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "plain"), plain, 0o600))
	must(t, os.WriteFile(filepath.Join(tools, "age"), []byte("#!/bin/sh\ncmp - "+dir+"/sealed && cat "+dir+"/plain\n"), 0o700))
}

// TestWhich: the newest that is old enough, in the bundle's order, and errors that name what is missing.
func TestWhich(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 11, n, 0, 0, 0, 0, time.UTC) }
	b := &bundle.Contents{Network: "n", Configurations: map[device.Hash]device.Configuration{}}
	for i, name := range []string{"edge1", "spine1"} {
		b.Routers = append(b.Routers, bundle.Router{Name: name, Driver: "frr", Stage: i, History: []bundle.Entry{{Hash: "sha256:bb", At: day(20)}, {Hash: "sha256:aa", At: day(10)}}})
	}
	p, err := runbook.Make(b, runbook.Options{AsOf: day(15)})
	must(t, err)
	if len(p.Routers) != 2 || p.Routers[0].Name != "edge1" || p.Routers[0].Target.Hash != "sha256:aa" || len(p.Routers[0].Older) != 0 {
		t.Errorf("%+v", p.Routers)
	}
	p, err = runbook.Make(b, runbook.Options{Routers: []string{"spine1"}})
	must(t, err)
	if len(p.Routers) != 1 || p.Routers[0].Target.Hash != "sha256:bb" || len(p.Routers[0].Older) != 1 {
		t.Errorf("%+v", p.Routers)
	}
	for _, o := range []runbook.Options{{Routers: []string{"leaf9"}}, {AsOf: day(1)}} {
		if _, err := runbook.Make(b, o); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
}
