package signals

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/routegate/routegate/lab/labtest"
)

// where the service answers on the router that changes, and where its clients are, beyond core.
const (
	host    = "198.51.100.1"
	station = "203.0.113.2"
)

// serve has the router answer: TCP and HTTP on port 80, with a metric, and DNS on port 53. The operator's station becomes a client of it.
func (s *stage) serve(t testing.TB) {
	t.Helper()
	must(t, s.Lab.Leg(within(t, time.Minute), "core", netip.MustParsePrefix(station+"/30"), netip.MustParsePrefix("203.0.113.1/30"), netip.MustParsePrefix(service)))
	var web net.Listener
	var dns net.PacketConn
	must(t, s.Lab.Within(router, func() (err error) {
		if web, err = net.Listen("tcp", host+":80"); err == nil {
			dns, err = net.ListenPacket("udp", host+":53")
		}
		return err
	}))
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "orders_open 1") })}
	go server.Serve(web)
	go answer(dns)
	t.Cleanup(func() { server.Close(); dns.Close() })
}

// answer is a name server that knows one name.
func answer(c net.PacketConn) {
	buf := make([]byte, 1500)
	for {
		n, from, err := c.ReadFrom(buf)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
			continue
		}
		m.Header.Response, m.Additionals = true, nil
		q := m.Questions[0]
		if q.Name.String() != "www.example." {
			m.Header.RCode = dnsmessage.RCodeNameError
		} else if q.Type == dnsmessage.TypeA {
			m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1}, Body: &dnsmessage.AResource{A: [4]byte{198, 51, 100, 1}}}}
		}
		if out, err := m.Pack(); err == nil {
			_, _ = c.WriteTo(out, from)
		}
	}
}

// gray makes the second link carry BGP and nothing else to the router: sessions stay up, routes stay, traffic is gone. Or it ends that.
func (s *stage) gray(t testing.TB, on bool) {
	t.Helper()
	script := "delete table ip gray"
	if on {
		script = `table ip gray { chain in { type filter hook prerouting priority -300; iifname != "second" accept; tcp dport 179 accept; tcp sport 179 accept; drop; }; }`
	}
	cmd, err := s.Lab.Command(router, "nft", script)
	must(t, err)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("nft: %v: %s", err, out)
	}
}

// monitor starts a Prometheus at the operator's station that scrapes the service every second, and waits until it has scraped.
func (s *stage) monitor(t testing.TB) {
	t.Helper()
	config := filepath.Join(s.Dir, "prometheus.yml")
	must(t, os.WriteFile(config, []byte("global: {scrape_interval: 500ms, scrape_timeout: 400ms}\nscrape_configs:\n  - {job_name: service, static_configs: [{targets: ['"+host+":80'], labels: {router: "+router+"}}]}\n"), 0o600))
	log, err := os.Create(filepath.Join(s.Dir, "prometheus.log"))
	must(t, err)
	cmd, err := s.Lab.Command("", "prometheus", "--config.file="+config, "--storage.tsdb.path="+filepath.Join(s.Dir, "prometheus"), "--web.listen-address=10.99.0.1:9090", "--log.level=error")
	must(t, err)
	cmd.Stdout, cmd.Stderr = log, log
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		if text, _ := os.ReadFile(log.Name()); t.Failed() {
			t.Logf("prometheus: %s", text)
		}
		log.Close()
	})
}

// require skips where programs are missing that only these tests need.
func require(t *testing.T, programs ...string) {
	t.Helper()
	labtest.Require(t)
	for _, p := range programs {
		if _, err := exec.LookPath(p); err == nil {
			continue
		}
		if os.Getenv("ROUTEGATE_REQUIRE_DAEMONS") == "1" {
			t.Fatalf("%s is not installed", p)
		}
		t.Skip("requires " + p)
	}
}
