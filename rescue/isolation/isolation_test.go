//go:build linux

package isolation_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/routegate/routegate/rescue/isolation"
	"github.com/routegate/routegate/rescue/rescuetest"
)

// TestMain is also the program that is run inside: what it does there is its last argument.
func TestMain(m *testing.M) {
	n, err := isolation.Inside()
	if err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	if n != nil {
		inside(n, os.Args[1], os.Args[2:])
		os.Exit(7)
	}
	os.Exit(m.Run())
}

// inside says in a line how each thing that it tries ends.
func inside(n *isolation.Network, what string, addresses []string) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	say := func(what string, err error) { fmt.Printf("%s: %v\n", what, err) }
	switch what {
	case "dial":
		good, other, shut := netip.MustParseAddrPort(addresses[0]), netip.MustParseAddrPort(addresses[1]), netip.MustParseAddrPort(addresses[2])
		for _, at := range []netip.AddrPort{good, shut} {
			why, err := n.Declare(at)
			say("declared", errors.Join(err, notEmpty(why)))
		}
		c, err := n.Dial(ctx, good)
		say("good", err)
		if err == nil {
			fmt.Fprintln(c, "hello")
			answer, err := bufio.NewReader(c).ReadString('\n')
			fmt.Printf("%s says %s", c.RemoteAddr(), answer)
			say("closed", errors.Join(err, c.Close()))
		}
		_, err = n.Dial(ctx, shut)
		say("refused by the host", err)
		fmt.Println(errors.Is(err, syscall.ECONNREFUSED))
		_, err = n.Dial(ctx, other)
		say("undeclared", err)
		_, err = n.Declare(other)
		say("late", err)
	case "past":
		for _, at := range addresses {
			for _, network := range []string{"tcp", "udp"} {
				c, err := net.DialTimeout(network, at, time.Second)
				if err == nil {
					c.Close()
				}
				say(network, err)
			}
		}
		_, err := resolver(addresses[0]).LookupHost(ctx, "router.example.")
		say("look-up", err)
	case "slow":
		at := netip.MustParseAddrPort(addresses[0])
		_, err := n.Declare(at)
		say("declared", err)
		short, end := context.WithTimeout(ctx, 50*time.Millisecond)
		defer end()
		_, err = n.Dial(short, at)
		say("slow", err)
	case "wait":
		fmt.Println("inside")
		<-n.Gone()
		fmt.Println("alone")
	}
}

func notEmpty(s string) error {
	if s == "" {
		return nil
	}
	return errors.New(s)
}

// resolver asks one server and nothing else.
func resolver(at string) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, at)
	}}
}

// run runs this program inside and returns what it says.
func run(t *testing.T, ctx context.Context, o isolation.Options) string {
	t.Helper()
	var out bytes.Buffer
	o.Stdout, o.Stderr = &out, &out
	if o.Dial == nil {
		o.Dial = func(ctx context.Context, at netip.AddrPort) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "tcp", at.String())
		}
	}
	exit, err := isolation.Run(ctx, o)
	possible(t, err)
	if err != nil || exit != 7 {
		t.Fatalf("exit code %d, %v\n%s", exit, err, out.String())
	}
	return out.String()
}

// possible skips with a visible line where there are no namespaces, and fails instead under ROUTEGATE_REQUIRE_DAEMONS=1.
func possible(t *testing.T, err error) {
	t.Helper()
	var no *isolation.ImpossibleError
	switch {
	case !errors.As(err, &no):
	case os.Getenv("ROUTEGATE_REQUIRE_DAEMONS") == "1":
		t.Fatal(no)
	default:
		t.Skip("requires namespaces: ", no)
	}
}

// greeter accepts, and answers a line; it counts who comes.
func greeter(t *testing.T) (at string, came *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	came = &atomic.Int64{}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			came.Add(1)
			go func() {
				defer c.Close()
				if line, err := bufio.NewReader(c).ReadString('\n'); err == nil {
					fmt.Fprintf(c, "you said %s", line)
				}
			}()
		}
	}()
	return l.Addr().String(), came
}

// shut is an address at which nobody listens.
func shut(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestDial: what is declared is reached, with the kernel's own error where nobody listens; nothing else is, though it would answer.
func TestDial(t *testing.T) {
	good, cameGood := greeter(t)
	other, cameOther := greeter(t)
	nobody := shut(t)
	out := run(t, t.Context(), isolation.Options{Args: []string{"dial", good, other, nobody}})
	want := fmt.Sprintf(`declared: <nil>
declared: <nil>
good: <nil>
%s says you said hello
closed: <nil>
refused by the host: dial tcp %s: connect: connection refused
true
undeclared: dial tcp %s: %s was not declared
late: nothing more can be declared
`, good, nobody, other, other)
	if out != want {
		t.Errorf("%s\nwant\n%s", out, want)
	}
	if cameGood.Load() != 1 || cameOther.Load() != 0 {
		t.Errorf("%d and %d connections", cameGood.Load(), cameOther.Load())
	}
}

// TestRefuse: the process outside has the last word, and says it when an address is declared.
func TestRefuse(t *testing.T) {
	good, _ := greeter(t)
	denied, came := greeter(t)
	refuse := func(at netip.AddrPort) string {
		if at.String() == denied {
			return "not by that way"
		}
		return ""
	}
	out := run(t, t.Context(), isolation.Options{Args: []string{"dial", denied, good, denied}, Refuse: refuse})
	if strings.Count(out, "declared: not by that way\n") != 2 || !strings.Contains(out, "good: dial tcp "+denied+": not by that way\n") || came.Load() != 0 {
		t.Errorf("%d connections\n%s", came.Load(), out)
	}
}

// TestPast: a name server and a TCP server that answer outside are beyond reach inside, by any socket.
func TestPast(t *testing.T) {
	at, came := greeter(t)
	var asked atomic.Int64
	server := rescuetest.NameServer(t, "127.0.0.1:0", &asked)
	if all, err := resolver(server).LookupHost(t.Context(), "router.example."); err != nil || len(all) == 0 || asked.Load() == 0 {
		t.Fatalf("outside: %v, %v", all, err)
	}
	before := asked.Load()
	out := run(t, t.Context(), isolation.Options{Args: []string{"past", server, at}})
	if strings.Count(out, "network is unreachable")+strings.Count(out, "cannot assign requested address") != 5 || strings.Contains(out, "<nil>") {
		t.Error(out)
	}
	if asked.Load() != before || came.Load() != 0 {
		t.Errorf("%d questions, %d connections", asked.Load()-before, came.Load())
	}
}

// TestSlow: who waits no longer inside ends the attempt outside.
func TestSlow(t *testing.T) {
	ended := make(chan struct{})
	out := run(t, t.Context(), isolation.Options{Args: []string{"slow", "192.0.2.1:22"}, Dial: func(ctx context.Context, _ netip.AddrPort) (net.Conn, error) {
		defer close(ended)
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	if !strings.Contains(out, "slow: dial tcp 192.0.2.1:22: context deadline exceeded") {
		t.Error(out)
	}
	<-ended
}

// TestInterrupted: the process inside is told, and its exit code is known all the same.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, w := io.Pipe()
	go func() {
		if line, _ := bufio.NewReader(r).ReadString('\n'); line == "inside\n" {
			cancel()
		}
		_, _ = io.Copy(io.Discard, r)
	}()
	exit, err := isolation.Run(ctx, isolation.Options{Args: []string{"wait"}, Stdout: w, Stderr: w})
	w.Close()
	possible(t, err)
	if err != nil || exit != 7 {
		t.Errorf("exit code %d, %v", exit, err)
	}
}

// TestImpossible: in a user namespace whose limit of network namespaces is none nothing is run, and why is said.
func TestImpossible(t *testing.T) {
	if os.Getenv("ROUTEGATE_TEST_LIMITED") == "" {
		cmd := exec.Command("/proc/self/exe", "-test.run=^TestImpossible$", "-test.v")
		cmd.Env = append(os.Environ(), "ROUTEGATE_TEST_LIMITED=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}}, GidMappings: []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}}
		out, err := cmd.CombinedOutput()
		if errors.Is(err, syscall.EPERM) {
			possible(t, &isolation.ImpossibleError{Why: err})
		}
		if err != nil || !strings.Contains(string(out), "--- PASS") {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	if err := os.WriteFile("/proc/sys/user/max_net_namespaces", []byte("0"), 0); err != nil {
		t.Fatal(err)
	}
	_, err := isolation.Run(t.Context(), isolation.Options{Args: []string{"wait"}, Stdout: os.Stdout, Stderr: os.Stderr})
	var no *isolation.ImpossibleError
	if !errors.As(err, &no) || !strings.Contains(err.Error(), "no network namespace: the system's limit") {
		t.Errorf("%v", err)
	}
	t.Log(err)
}

// TestMarked: a process that was not cut off, and is told that it was, does not begin.
func TestMarked(t *testing.T) {
	cmd := exec.Command("/proc/self/exe", "past")
	cmd.Env = append(os.Environ(), "ROUTEGATE_ISOLATED=1")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "descriptor 3 leads to no process outside") {
		t.Errorf("%v\n%s", err, out)
	}
}
