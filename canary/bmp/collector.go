// Package bmp hears from routers themselves what their neighbors withdraw, at once and without asking (BMP, RFC 7854): a
// collector that routers connect to, and a canary.Signal of what is gone.
package bmp

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/osrg/gobgp/v3/pkg/packet/bmp"
)

// longest is the longest message that is read: a BGP message has at most 65,535 octets (RFC 8654), and a mirrored one stands in a
// few more.
const longest = 1 << 20

// Options say who may connect.
type Options struct {
	// Routers by the address that their BMP session comes from. Others are turned away.
	Routers map[netip.Addr]string
}

// Collector holds what routers told of their neighbors' routes. Its methods may be called at once from several goroutines.
type Collector struct {
	options Options
	mu      sync.Mutex
	routers map[string]*router
}

// NewCollector makes a collector; Serve lets routers in.
func NewCollector(o Options) *Collector {
	return &Collector{options: o, routers: map[string]*router{}}
}

// Serve takes sessions until the context ends, and then closes all of them. It closes the listener.
func (c *Collector) Serve(ctx context.Context, l net.Listener) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			if err == nil {
				conn.Close()
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("bmp: %w", err)
		}
		name, ok := c.options.Routers[remote(conn)]
		if !ok {
			conn.Close()
			continue
		}
		wg.Go(func() {
			end := context.AfterFunc(ctx, func() { conn.Close() })
			defer end()
			defer conn.Close()
			c.session(name, conn)
		})
	}
}

// Await waits until each of these routers has had a session, or until the context ends, and gives those that have had none, in their
// order. A daemon may wait for half a minute before it tries again to reach a collector that was not there (gobgpd).
func (c *Collector) Await(ctx context.Context, routers []string) (missing []string) {
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		missing = nil
		for _, r := range routers {
			if !c.knows(r) {
				missing = append(missing, r)
			}
		}
		if len(missing) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return missing
		case <-look.C:
		}
	}
}

func remote(c net.Conn) netip.Addr {
	a, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return a.Addr().Unmap().WithZone("")
}

// session reads one router's messages to the end of the connection. A second connection of a router takes the place of the
// first: its tables are sent anew.
func (c *Collector) session(name string, conn io.Reader) {
	r := &router{views: map[view]*table{}, seen: map[netip.Prefix]bool{}}
	c.mu.Lock()
	c.routers[name] = r
	c.mu.Unlock()
	err := c.read(r, bufio.NewReader(conn))
	c.mu.Lock()
	defer c.mu.Unlock()
	r.ended = "the session has ended"
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
		r.ended = err.Error()
	}
}

func (c *Collector) read(r *router, in *bufio.Reader) error {
	for {
		text, err := next(in)
		if err != nil {
			return err
		}
		c.mu.Lock()
		err = r.take(text)
		c.mu.Unlock()
		if err != nil {
			return err
		}
	}
}

// next reads one message. A length that cannot be ends the session: what follows would be read at the wrong place.
func next(in *bufio.Reader) ([]byte, error) {
	head, err := in.Peek(bmp.BMP_HEADER_SIZE)
	if err != nil {
		return nil, err
	}
	if head[0] != bmp.BMP_VERSION {
		return nil, fmt.Errorf("version %d of BMP, wanted is 3", head[0])
	}
	n := binary.BigEndian.Uint32(head[1:5])
	if n < bmp.BMP_HEADER_SIZE || n > longest {
		return nil, fmt.Errorf("a message of %d octets", n)
	}
	text := make([]byte, n)
	_, err = io.ReadFull(in, text)
	return text, err
}
