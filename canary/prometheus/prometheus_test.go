package prometheus_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/routegate/routegate/canary"
	"github.com/routegate/routegate/canary/prometheus"
)

func limit(v float64) *float64 { return &v }

// TestQueries asks a real Prometheus that scrapes what an exporter of a router says.
func TestQueries(t *testing.T) {
	var peerUp atomic.Int64
	peerUp.Store(1)
	exporter := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "# TYPE frr_bgp_peer_state gauge\nfrr_bgp_peer_state{router=\"edge1.ams\",peer=\"10.0.0.1\"} %d\nfrr_bgp_peer_state{router=\"edge2\",peer=\"10.0.0.3\"} 1\n", peerUp.Load())
	}))
	defer exporter.Close()
	server := start(t, exporter.Listener.Addr().String())
	wave := canary.Watch{Routers: []string{"edge1.ams", "leaf7"}}
	ask := func(q prometheus.Query) canary.Measurement {
		t.Helper()
		s, err := prometheus.New("metrics", prometheus.Options{URL: server}, []prometheus.Query{q})
		if err != nil {
			t.Fatal(err)
		}
		got := s.Measure(t.Context(), wave)
		if len(got) != 1 || got[0].Subject != q.Name {
			t.Fatalf("%s: got %+v", q.Name, got)
		}
		return got[0]
	}
	peers := prometheus.Query{Name: "peers", PromQL: `sum(frr_bgp_peer_state{router=~"$routers"})`, Above: limit(1)}
	await(t, "the first scrape", func() bool { return ask(peers).Outcome == canary.Pass })
	for _, c := range []struct {
		query prometheus.Query
		want  canary.Outcome
		says  string
	}{
		{peers, canary.Pass, "1 (at least 1)"},
		{prometheus.Query{Name: "all", PromQL: `frr_bgp_peer_state`, Above: limit(1)}, canary.Pass, "2 series"},
		{prometheus.Query{Name: "too-few", PromQL: `sum(frr_bgp_peer_state)`, Above: limit(3)}, canary.Fail, "2 (at least 3)"},
		{prometheus.Query{Name: "too-many", PromQL: `frr_bgp_peer_state{router="edge2"}`, Below: limit(0.5)}, canary.Fail, `peer="10.0.0.3"`},
		{prometheus.Query{Name: "scalar", PromQL: `scalar(count(frr_bgp_peer_state))`, Below: limit(2), Above: limit(2)}, canary.Pass, "2 (2 to 2)"},
		{prometheus.Query{Name: "nothing", PromQL: `no_such_metric`, Above: limit(1)}, canary.NoData, "no series"},
		{prometheus.Query{Name: "nothing-wrong", PromQL: `frr_bgp_peer_state == 0`, Below: limit(0), EmptyIsGood: true}, canary.Pass, "no series"},
		{prometheus.Query{Name: "not-a-number", PromQL: `vector(0)/vector(0)`, Below: limit(1)}, canary.NoData, "NaN"},
		{prometheus.Query{Name: "a-range", PromQL: `frr_bgp_peer_state[1m]`, Below: limit(1)}, canary.NoData, "instant vector"},
		{prometheus.Query{Name: "not-promql", PromQL: `sum(`, Below: limit(1)}, canary.NoData, "no answer"},
	} {
		if got := ask(c.query); got.Outcome != c.want || !strings.Contains(got.Value, c.says) {
			t.Errorf("%s: got %+v, want %s with %q", c.query.Name, got, c.want, c.says)
		}
	}
	peerUp.Store(0)
	await(t, "the session's loss", func() bool { return ask(peers).Outcome == canary.Fail })
}

// TestServerThatIsGone: no answer is no data.
func TestServerThatIsGone(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	s, err := prometheus.New("metrics", prometheus.Options{URL: "http://" + l.Addr().String()}, []prometheus.Query{{Name: "up", PromQL: "up", Above: limit(1)}})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Measure(t.Context(), canary.Watch{}); got[0].Outcome != canary.NoData {
		t.Errorf("got %+v", got)
	}
}

func TestSenselessQueries(t *testing.T) {
	for _, c := range []struct {
		url   string
		query prometheus.Query
	}{
		{"http://prometheus.example:9090", prometheus.Query{Name: "up", PromQL: "up", Above: limit(1)}},
		{"http://127.0.0.1:9090", prometheus.Query{Name: "up", PromQL: "up"}},
		{"http://127.0.0.1:9090", prometheus.Query{Name: "up", Above: limit(1)}},
	} {
		if _, err := prometheus.New("metrics", prometheus.Options{URL: c.url}, []prometheus.Query{c.query}); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}

// start runs a Prometheus that scrapes a target every half second, and gives its URL.
func start(t *testing.T, target string) string {
	t.Helper()
	program, err := exec.LookPath("prometheus")
	if err != nil {
		if os.Getenv("ROUTEGATE_REQUIRE_DAEMONS") == "1" {
			t.Fatal("prometheus is not installed")
		}
		t.Skip("requires prometheus")
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(config, []byte("global: {scrape_interval: 500ms, scrape_timeout: 400ms}\nscrape_configs:\n  - {job_name: routers, static_configs: [{targets: ['"+target+"']}]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	cmd := exec.Command(program, "--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+address, "--log.level=error")
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		cmd.Wait()
		if t.Failed() {
			t.Log(said.String())
		}
	})
	await(t, "prometheus", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/-/ready", nil)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	return "http://" + address
}

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !done(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("still waiting for %s", what)
		}
	}
}
