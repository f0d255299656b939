package embedded

import (
	"context"
	"errors"

	"github.com/routegate/routegate/device"
)

// Translate makes a driver of one of the lab's routers speak the snapshot's addresses: configurations go in and come out
// as they stand in the snapshot.
func Translate(d device.Driver) device.Driver { return translated{d} }

type translated struct{ inner device.Driver }

func (t translated) Running(ctx context.Context) (device.Configuration, error) {
	c, err := t.inner.Running(ctx)
	return each(c, ToSnapshot), err
}

func (t translated) Check(ctx context.Context, candidate device.Configuration) error {
	return outward(t.inner.Check(ctx, each(candidate, FromSnapshot)))
}

func (t translated) Apply(ctx context.Context, to device.Configuration) error {
	return outward(t.inner.Apply(ctx, each(to, FromSnapshot)))
}

func (t translated) Differences(ctx context.Context, want device.Configuration) ([]device.Difference, error) {
	list, err := t.inner.Differences(ctx, each(want, FromSnapshot))
	return differences(list), outward(err)
}

func (t translated) Persist(ctx context.Context, c device.Configuration) error {
	return outward(t.inner.Persist(ctx, each(c, FromSnapshot)))
}

func (t translated) Incarnation(ctx context.Context) (string, error) { return t.inner.Incarnation(ctx) }

func (t translated) Observe(ctx context.Context) (device.Observation, error) {
	o, err := t.inner.Observe(ctx)
	for i := range o.Sessions {
		o.Sessions[i].Neighbor = ToSnapshot(o.Sessions[i].Neighbor)
	}
	for i := range o.Routes {
		for j, h := range o.Routes[i].NextHops {
			o.Routes[i].NextHops[j] = ToSnapshot(h)
		}
	}
	for _, list := range [][]device.Exchange{o.Advertised, o.Received} {
		for i := range list {
			list[i].Neighbor = ToSnapshot(list[i].Neighbor)
		}
	}
	return o, outward(err)
}

// each translates every file.
func each(c device.Configuration, text func(string) string) device.Configuration {
	out := device.Configuration{}
	for _, f := range c.Files {
		out.Files = append(out.Files, device.File{Name: f.Name, Data: []byte(text(string(f.Data)))})
	}
	return out
}

func differences(list []device.Difference) []device.Difference {
	for i, d := range list {
		list[i] = device.Difference{Path: ToSnapshot(d.Path), Want: ToSnapshot(d.Want), Running: ToSnapshot(d.Running)}
	}
	return list
}

// outward gives an error the snapshot's addresses, and keeps what is known of the state.
func outward(err error) error {
	if err == nil {
		return nil
	}
	var state *device.StateError
	if errors.As(err, &state) {
		return &device.StateError{Err: errors.New(ToSnapshot(state.Err.Error())), Unreachable: state.Unreachable, Left: differences(state.Left)}
	}
	return translatedError{err}
}

// translatedError is an error whose text has the snapshot's addresses.
type translatedError struct{ error }

func (e translatedError) Error() string { return ToSnapshot(e.error.Error()) }
func (e translatedError) Unwrap() error { return e.error }
