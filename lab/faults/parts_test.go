package faults

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/lab/labtest"
)

// TestParts: each part can be killed, cut off and started again, and what is said of it is so.
func TestParts(t *testing.T) {
	labtest.Require(t)
	long(t)
	t.Parallel()
	m := labtest.UpManaged(t, before(daemons...))
	for _, r := range daemons {
		t.Run(r, func(t *testing.T) {
			d := m.Driver(t, r)
			awaitSession(t, d)
			must(t, m.KillDaemon(r))
			if _, err := d.Observe(within(t, 20*time.Second)); err == nil {
				t.Error("a daemon that was killed answers")
			}
			must(t, m.StartDaemons(within(t, time.Minute), r))
			awaitSession(t, d)
			runsAsBefore(t, m, r)

			must(t, m.KillAgent(r))
			if _, err := m.Status(r); err == nil {
				t.Error("an agent that was killed answers")
			}
			must(t, m.StartAgent(r))
			booted := awaitAgent(t, m, r).BootID

			must(t, m.Lab.CutManagement(within(t, time.Minute), r, true))
			if out, err := observe(m, r); err == nil {
				t.Errorf("an agent that is cut off is reached: %s", out)
			}
			awaitAgent(t, m, r)
			must(t, m.Lab.CutManagement(within(t, time.Minute), r, false))
			labtest.Eventually(t, func() string {
				if out, err := observe(m, r); err != nil {
					return out
				}
				return ""
			})

			must(t, m.Lab.CutInBand(within(t, time.Minute), r, true))
			if out, err := observe(m, r); err != nil {
				t.Errorf("the management network went with the in-band one: %s", out)
			}
			must(t, m.Lab.CutInBand(within(t, time.Minute), r, false))
			awaitSession(t, d)

			must(t, m.PowerOff(within(t, time.Minute), r))
			must(t, m.PowerOn(within(t, time.Minute), r))
			if anew := awaitAgent(t, m, r).BootID; anew == booted {
				t.Error("the agent of a router that was rebooted sees the same boot")
			}
			awaitSession(t, d)
			runsAsBefore(t, m, r)
		})
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// observe asks a router's agent from the operator's namespace, by its management address.
func observe(m *labtest.Managed, router string) (string, error) {
	cmd, err := m.Routegate("agent", "status", "--address", fmt.Sprintf("%s:%d", m.Plan.Net.Env.Device(router).Mgmt, labtest.Port),
		"--router", router, "--ca", "ca/ca.pem", "--certificate", "ca/observer.pem", "--key", "ca/observer.key", "--timeout", "2s")
	if err != nil {
		return "", err
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func awaitAgent(t testing.TB, m *labtest.Managed, router string) (st device.Status) {
	t.Helper()
	labtest.Eventually(t, func() string {
		var err error
		if st, err = m.Status(router); err != nil {
			return err.Error()
		}
		return ""
	})
	return st
}

// awaitSession waits until the router's session with core is up, and the service is there.
func awaitSession(t testing.TB, d device.Driver) {
	t.Helper()
	labtest.Eventually(t, func() string {
		o, err := d.Observe(within(t, 20*time.Second))
		if err != nil {
			return err.Error()
		}
		if got := slices.ContainsFunc(o.Sessions, func(s device.Session) bool { return s.Established }); !got {
			return fmt.Sprintf("sessions are %+v", o.Sessions)
		}
		if !slices.ContainsFunc(o.Routes, func(r device.Route) bool { return r.Prefix.String() == "203.0.113.0/24" }) {
			return fmt.Sprintf("the service is not among the routes: %+v", o.Routes)
		}
		return ""
	})
}

// configuration is a router's, as a snapshot of these files has it.
func configuration(files map[string]string, router string) (c device.Configuration) {
	for name, text := range files {
		if rest, ok := strings.CutPrefix(name, "devices/"+router+"/"); ok {
			c.Files = append(c.Files, device.File{Name: rest, Data: []byte(text)})
		}
	}
	return c.Sorted()
}

func runsAsBefore(t testing.TB, m *labtest.Managed, router string) {
	t.Helper()
	all, err := m.Driver(t, router).Differences(within(t, time.Minute), configuration(before(daemons...), router))
	must(t, err)
	if len(all) > 0 {
		t.Errorf("%s does not run what its files say: %v", router, all)
	}
}
