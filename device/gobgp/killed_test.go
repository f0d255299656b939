package gobgp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/gobgp"
	"github.com/routegate/routegate/lab/labtest"
)

// raw leaves messages as they are.
type raw struct{}

func (raw) Name() string                     { return "raw" }
func (raw) Marshal(v any) ([]byte, error)    { return *v.(*[]byte), nil }
func (raw) Unmarshal(in []byte, v any) error { *v.(*[]byte) = append([]byte{}, in...); return nil }

// between stands between a driver and gobgpd's API, and kills gobgpd at one of the calls that change something: before gobgpd hears of it, or when it has done
// what was asked and nobody was told.
type between struct {
	to   string
	kill func()

	mu    sync.Mutex
	count int
	at    int // the call, from 1; 0: none
	done  bool
	hit   string // the call at which it was
}

func (b *between) serve(t *testing.T, at string) {
	t.Helper()
	l, err := net.Listen("unix", at)
	if err != nil {
		t.Fatal(err)
	}
	s := grpc.NewServer(grpc.ForceServerCodec(raw{}), grpc.UnknownServiceHandler(b.one))
	go s.Serve(l)
	t.Cleanup(s.Stop)
}

var errGone = errors.New("gobgpd is gone")

// one is a call: one request, and any number of answers.
func (b *between) one(_ any, in grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(in)
	call := path.Base(method)
	var request []byte
	if err := in.RecvMsg(&request); err != nil {
		return err
	}
	b.mu.Lock()
	changes := !strings.HasPrefix(call, "List") && !strings.HasPrefix(call, "Get")
	if changes {
		b.count++
	}
	now, done := changes && b.count == b.at, b.done
	if now {
		b.hit = call
	}
	b.mu.Unlock()
	if now && !done {
		b.kill()
		return errGone
	}
	c, err := grpc.NewClient(b.to, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultCallOptions(grpc.ForceCodec(raw{})))
	if err != nil {
		return err
	}
	defer c.Close()
	out, err := c.NewStream(in.Context(), &grpc.StreamDesc{ServerStreams: true}, method)
	if err == nil {
		err = out.SendMsg(&request)
	}
	if err == nil {
		err = out.CloseSend()
	}
	for err == nil {
		var answer []byte
		if err = out.RecvMsg(&answer); err == nil && !now {
			err = in.SendMsg(&answer)
		}
	}
	if now {
		b.kill()
		return errGone
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// TestKilledAtEachCall: gobgpd dies at each call of an Apply that changes something, before it and behind it. Nothing is called done; what is said is that nothing was
// touched, or that what runs is not known; and gobgpd started anew runs the old configuration, which the driver sees.
func TestKilledAtEachCall(t *testing.T) {
	t.Parallel()
	r := up(t)
	candidate := conf(edited(t, edge, second, fourth, "[\"IN\"]", "[\"NEW\"]", "name = \"IN\"", "name = \"NEW\"", "16..24", "16..28", "hold-time = 30", "hold-time = 60", "peer-as = 65003", "peer-as = 65003\ndescription = \"three\""))
	b := &between{to: "unix://" + r.folder + "/api.sock", kill: func() {
		if err := r.Lab.Kill("edge", "gobgpd"); err != nil {
			t.Error(err)
		}
	}}
	socket := filepath.Join(t.TempDir(), "api")
	b.serve(t, socket)
	proxied := gobgp.New(gobgp.Options{Router: "edge", Address: "unix://" + socket, ConfigFile: r.folder + "/gobgpd.toml"})
	for _, done := range []bool{false, true} {
		for at := 1; ; at++ {
			b.mu.Lock()
			b.count, b.at, b.done, b.hit = 0, at, done, ""
			b.mu.Unlock()
			err := proxied.Apply(within(t, 30*time.Second), candidate)
			if b.hit == "" {
				if err != nil || at < 5 {
					t.Fatalf("undisturbed, after %d calls: %v", b.count, err)
				}
				break
			}
			what := fmt.Sprintf("killed at call %d, %s (done: %v)", at, b.hit, done)
			t.Logf("%s: %v", what, err)
			var s *device.StateError
			if err == nil || (!errors.As(err, &s) || !s.Unreachable) && !strings.Contains(err.Error(), "nothing was touched") {
				t.Errorf("%s: the error does not say what is known: %v", what, err)
			}
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			if err := r.Lab.StartAgain(ctx, "edge"); err != nil {
				t.Fatal(err)
			}
			cancel()
			labtest.Eventually(t, func() string {
				if left, err := r.Differences(within(t, 20*time.Second), conf(edge)); err != nil || len(left) > 0 {
					return fmt.Sprintf("%s: the old configuration does not run: %v, %v", what, left, err)
				}
				return ""
			})
		}
		r.same(t, candidate)
		if err := r.Apply(within(t, time.Minute), conf(edge)); err != nil {
			t.Fatal(err)
		}
	}
	r.same(t, conf(edge))
	r.established(t)
}
