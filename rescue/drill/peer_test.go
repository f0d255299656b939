//go:build linux

package drill_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/routegate/routegate/rescue/rescuetest"
)

// counts are what came to the routers so far.
type counts struct {
	InBand    int64 // IPv4 packets on the in-band interface
	Questions int64 // to the name server
	Accepted  map[string]int64
}

// peer is the process of the routers, in a network namespace of its own.
type peer struct {
	cmd *exec.Cmd
	in  io.Writer
	out *json.Decoder
}

func newPeer(t *testing.T, cmd *exec.Cmd) *peer {
	t.Helper()
	in, err := cmd.StdinPipe()
	must(t, err)
	answers, to, err := os.Pipe()
	must(t, err)
	cmd.ExtraFiles, cmd.Stdout, cmd.Stderr = []*os.File{to}, os.Stderr, os.Stderr
	must(t, cmd.Start())
	to.Close()
	t.Cleanup(func() { in.Close(); _ = cmd.Wait(); answers.Close() })
	return &peer{cmd, in, json.NewDecoder(answers)}
}

// ask tells the routers that they are wired, or asks what came.
func (p *peer) ask(t *testing.T, what string) (c counts) {
	t.Helper()
	_, err := fmt.Fprintln(p.in, what)
	must(t, err)
	must(t, p.out.Decode(&c))
	return c
}

// settled is what came, once nothing more comes of what is over.
func (p *peer) settled(t *testing.T) counts {
	t.Helper()
	for was := p.ask(t, "count"); ; {
		time.Sleep(50 * time.Millisecond)
		is := p.ask(t, "count")
		if reflect.DeepEqual(was, is) {
			return is
		}
		was = is
	}
}

// routers are edge1 and edge2; they end with their standard input.
func routers(t *testing.T, folder string) {
	in, out := bufio.NewScanner(os.Stdin), json.NewEncoder(os.NewFile(3, "answers"))
	if !in.Scan() {
		t.Fatal("never wired")
	}
	ip(t, "link set lo up", "addr add 192.0.2.11/24 dev mgmt", "link set mgmt up", "addr add 10.0.0.12/24 dev inband", "link set inband up", "addr add 198.51.100.11/32 dev lo")
	for _, name := range []string{"all", "mgmt", "inband"} { // answers to the address that both networks lead to go back as they came
		must(t, os.WriteFile("/proc/sys/net/ipv4/conf/"+name+"/rp_filter", []byte("0"), 0))
	}
	var got tally
	got.packets(t, "inband")
	rescuetest.NameServer(t, nameServer, &got.questions)
	a := &rescuetest.Authority{Dir: folder + "/ca"}
	a.Agent(t, "edge1", rescuetest.NewDaemon(rescuetest.Text("edge1\n")), got.listen(t, edge1.String()), got.listen(t, both.String()))
	a.Agent(t, "edge2", rescuetest.NewDaemon(rescuetest.Text("edge2\n")), got.listen(t, edge2.String()))
	for more := true; more; more = in.Scan() {
		must(t, out.Encode(got.now()))
	}
}

// tally counts. Several may at once.
type tally struct {
	inBand, questions atomic.Int64
	mu                sync.Mutex
	accepted          map[string]int64
}

func (c *tally) now() counts {
	c.mu.Lock()
	defer c.mu.Unlock()
	return counts{c.inBand.Load(), c.questions.Load(), maps.Clone(c.accepted)}
}

// packets counts what comes in by an interface (packet(7)).
func (c *tally) packets(t *testing.T, name string) {
	t.Helper()
	i, err := net.InterfaceByName(name)
	must(t, err)
	const ipv4 = unix.ETH_P_IP>>8 | unix.ETH_P_IP&0xff<<8 // in the network's order
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, ipv4)
	must(t, err)
	must(t, unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: ipv4, Ifindex: i.Index}))
	go func() {
		for b := make([]byte, 2048); ; {
			_, from, err := unix.Recvfrom(fd, b, 0)
			if err == unix.EINTR {
				continue
			} else if err != nil {
				return
			}
			if l, ok := from.(*unix.SockaddrLinklayer); ok && l.Pkttype != unix.PACKET_OUTGOING {
				c.inBand.Add(1)
			}
		}
	}()
}

// listen counts who comes.
func (c *tally) listen(t *testing.T, at string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", at)
	must(t, err)
	return &counted{l, c}
}

type counted struct {
	net.Listener
	by *tally
}

func (l *counted) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.by.mu.Lock()
		defer l.by.mu.Unlock()
		if l.by.accepted == nil {
			l.by.accepted = map[string]int64{}
		}
		l.by.accepted[l.Addr().String()]++
	}
	return c, err
}
