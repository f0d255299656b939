package pack_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/routegate/routegate/device/agent"
	"github.com/routegate/routegate/rescue/bundle"
	"github.com/routegate/routegate/rescue/pack"
)

// sealed is a world whose plan says how the bundle is made, and how it is opened again.
func sealed(t *testing.T, routers ...string) (*world, *pack.Order) {
	t.Helper()
	w := newWorld(t, agent.Controller, routers...)
	public, err := bundle.NewSigner(filepath.Join(w.dir, "rescue.key"))
	must(t, err)
	id, err := age.GenerateX25519Identity()
	must(t, err)
	for name, text := range map[string]string{"rescue.signers": public, "oncall.key": id.String(), "oncall.txt": id.Recipient().String()} {
		must(t, os.WriteFile(filepath.Join(w.dir, name), []byte(text+"\n"), 0o600))
	}
	plan := filepath.Join(w.dir, "rescue.yaml")
	text, err := os.ReadFile(plan)
	must(t, err)
	must(t, os.WriteFile(plan, append(text, "pack: {bundle: rescue.bundle, signer: rescue.key, recipients: oncall.txt, identity: [oncall.key], signers: rescue.signers}\n"...), 0o600))
	w.plan, err = pack.ReadPlan(plan, alone)
	must(t, err)
	o, err := w.plan.Order(nil)
	must(t, err)
	return w, o
}

// TestRun: the bundle is made anew over the one from before; a router that does not answer keeps what that had, and where there is nothing of it
// the old bundle stays as it is.
func TestRun(t *testing.T) {
	w, o := sealed(t, "edge1", "edge2")
	quiet := func(err error) { t.Errorf("the bundle from before: %v", err) }
	must(t, o.Ready(quiet))
	first, err := o.Run(t.Context(), time.Now(), quiet)
	must(t, err)
	w.agents["edge2"].Stop()
	second, err := o.Run(t.Context(), time.Now(), quiet)
	must(t, err)
	if len(first.Missing) > 0 || len(second.Missing) != 1 || second.Serial <= first.Serial || second.Configurations != 2 {
		t.Errorf("%+v, then %+v", first, second)
	}
	c, problems, err := o.Before.Open()
	must(t, err)
	if len(problems) > 0 || c.Serial != second.Serial || len(c.Routers[1].History) != 1 {
		t.Errorf("%v, %+v", problems, c.Routers)
	}

	must(t, os.WriteFile(filepath.Join(w.dir, "rescue.signers"), []byte("somebody\n"), 0o600))
	old, err := os.ReadFile(first.File)
	must(t, err)
	warned := 0
	r, err := o.Run(t.Context(), time.Now(), func(error) { warned++ })
	if err == nil || len(r.Missing) != 1 || r.File != "" || warned != 1 || !strings.Contains(err.Error(), "edge2 has no configuration to return to") {
		t.Errorf("%+v, %v, warned %d times", r, err, warned)
	}
	if now, err := os.ReadFile(first.File); err != nil || string(now) != string(old) {
		t.Errorf("a packing that failed touched the bundle: %v", err)
	}
}

// TestInterrupted: who stops a packing gets no bundle in which every router seems not to answer.
func TestInterrupted(t *testing.T) {
	_, o := sealed(t, "edge1")
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if r, err := o.Run(ctx, time.Now(), func(error) {}); !errors.Is(err, context.Canceled) || r.File != "" {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := os.Stat(o.Before.File); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a bundle was written: %v", err)
	}
}

// TestReady: what would keep a bundle from being made is found without a router or a bundle.
func TestReady(t *testing.T) {
	broken := func(name string, spoil func(w *world, o *pack.Order), want string) {
		t.Run(name, func(t *testing.T) {
			w, o := sealed(t, "edge1")
			spoil(w, o)
			if err := o.Ready(func(error) {}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %q", err, want)
			}
		})
	}
	write := func(name, text string) func(*world, *pack.Order) {
		return func(w *world, _ *pack.Order) {
			must(t, os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600))
		}
	}
	broken("signer", write("rescue.key", "no key"), "rescue.key: want PEM")
	broken("recipients", write("oncall.txt", "# nobody\n"), "oncall.txt: no recipient")
	broken("nobody asked", func(_ *world, o *pack.Order) { o.Recipients = "" }, "nobody can be asked")
	broken("credential", write("ca/rescue.key", "no key"), "the rescue credential")
	broken("collect", write("ca/controller.pem", "no certificate"), "collect: the certificate that reads configurations")
	broken("folder", func(w *world, o *pack.Order) { o.Out = filepath.Join(w.dir, "nosuch", "rescue.bundle") }, "is no folder in which a file can be made")
}
