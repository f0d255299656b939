package lab_test

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/routegate/routegate/lab/random"
)

// score counts outcomes, and keeps them in a file so that a soak that was interrupted goes on where it
// stopped. Safe for concurrent use.
type score struct {
	mu       sync.Mutex
	file     *os.File
	seen     map[string]result // by network
	fresh    int
	started  time.Time
	onScreen bool
}

type result struct {
	verdict  string
	features []string
}

// openScore goes on with the results in path, if this very program wrote them; "" keeps none.
func openScore(path string) (*score, error) {
	k := &score{seen: map[string]result{}, started: time.Now(), onScreen: os.Getenv("ROUTEGATE_SOAK") == "1"}
	if path == "" {
		return k, nil
	}
	program, err := programHash()
	if err != nil {
		return nil, err
	}
	head := "# results of the test program " + program
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	lines := bufio.NewScanner(strings.NewReader(string(text)))
	if lines.Scan() && lines.Text() == head {
		for lines.Scan() {
			if f := strings.Split(lines.Text(), "\t"); len(f) == 5 {
				k.seen[f[0]] = result{f[1], strings.Fields(f[4])}
			}
		}
		fmt.Printf("%d networks were counted before\n", len(k.seen))
		k.file, err = os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o644)
		return k, err
	}
	if k.file, err = os.Create(path); err != nil {
		return nil, err
	}
	_, err = fmt.Fprintln(k.file, head)
	return k, err
}

// programHash tells programs apart: results of another one say nothing about this.
func programHash() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	f, err := os.Open(self)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8]), nil
}

func (k *score) known(name string) (verdict string, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	r, ok := k.seen[name]
	return r.verdict, ok
}

// add counts one network, prints its line and keeps it.
func (k *score) add(s *random.Snapshot, verdict, why string, stood time.Duration) {
	features := featuresOf(s)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.seen[s.Name] = result{verdict, features}
	k.fresh++
	if k.onScreen {
		fmt.Printf("%-24s %-17s %5.1fs  %s\n", s.Name, verdict, stood.Seconds(), why)
	}
	if k.file != nil {
		// Results that cannot be kept are printed all the same; the next run repeats them.
		_, _ = fmt.Fprintf(k.file, "%s\t%s\t%.1f\t%s\t%s\n", s.Name, verdict, stood.Seconds(), strings.ReplaceAll(why, "\n", " "), strings.Join(features, " "))
	}
}

var verdicts = []string{equal, arrival, explained, unsettled, different, broken}

// finish prints the counts: all, and by feature in use.
func (k *score) finish() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.file != nil {
		_ = k.file.Close()
	}
	if !k.onScreen || len(k.seen) == 0 {
		return
	}
	counts := map[string]map[string]int{}
	for _, r := range k.seen {
		for _, f := range append([]string{"all"}, r.features...) {
			if counts[f] == nil {
				counts[f] = map[string]int{}
			}
			counts[f][r.verdict]++
		}
	}
	fmt.Printf("\n%-22s %8s", "feature", "networks")
	for _, v := range verdicts {
		fmt.Printf("  %s", v)
	}
	fmt.Println()
	for _, f := range slices.Sorted(maps.Keys(counts)) {
		sum := 0
		for _, n := range counts[f] {
			sum += n
		}
		fmt.Printf("%-22s %8d", f, sum)
		for _, v := range verdicts {
			fmt.Printf("  %*d", len(v), counts[f][v])
		}
		fmt.Println()
	}
	fmt.Printf("%d networks in %s\n", k.fresh, time.Since(k.started).Round(time.Second))
}

// marks tell by the files' text that a feature is in use, whatever the generator meant to do.
var marks = map[string]*regexp.Regexp{
	"addpath": regexp.MustCompile(`addpath-tx`), "aggregate": regexp.MustCompile(`aggregate-address`),
	"allowas-in": regexp.MustCompile(`allowas-in`), "as-override": regexp.MustCompile(`as-override`),
	"as-path-list": regexp.MustCompile(`match as-path`), "attribute-unchanged": regexp.MustCompile(`attribute-unchanged`),
	"bestpath": regexp.MustCompile(`always-compare-med|deterministic-med|as-path ignore|as-path confed|med missing|med confed|default local-preference`),
	"call":     regexp.MustCompile(`(?m)^ call `), "community-list": regexp.MustCompile(`match community`),
	"confederation": regexp.MustCompile(`confederation identifier`), "default-originate": regexp.MustCompile(`default-originate`),
	"filters": regexp.MustCompile(`neighbor \S+ (prefix-list|distribute-list|filter-list)`), "flow": regexp.MustCompile(`(?m)^ (on-match|continue)`),
	"ibgp": regexp.MustCompile(`update-source`), "import-check": regexp.MustCompile(`no bgp network import-check`),
	"ipv6": regexp.MustCompile(`ipv6 unicast`), "large-community": regexp.MustCompile(`match large-community|set large`),
	"local-as": regexp.MustCompile(`local-as `), "maximum-prefix": regexp.MustCompile(`maximum-prefix`),
	"multipath": regexp.MustCompile(`maximum-paths|multipath-relax`), "next-hop-self": regexp.MustCompile(`next-hop-self`),
	"ospf": regexp.MustCompile(`router ospf`), "other-match": regexp.MustCompile(`match (metric|origin|local-preference|ip|ipv6) `),
	"prefix-list": regexp.MustCompile(`match ip(v6)? address prefix-list`), "redistribute": regexp.MustCompile(`(?m)^  redistribute`),
	"reflectors": regexp.MustCompile(`route-reflector-client`), "remove-private-as": regexp.MustCompile(`remove-private-AS`),
	"requires-policy": regexp.MustCompile(`(?m)^ bgp ebgp-requires-policy`), "send-community": regexp.MustCompile(`no neighbor \S+ send-community`),
	"set-community": regexp.MustCompile(`set (community|comm-list)`), "set-next-hop": regexp.MustCompile(`set ip(v6)? next-hop`),
	"set-path": regexp.MustCompile(`set as-path`), "set-preference": regexp.MustCompile(`set (local-preference|weight|metric|origin)`),
	"soft-reconfiguration": regexp.MustCompile(`soft-reconfiguration`), "unnumbered": regexp.MustCompile(`interface remote-as`),
	"weight": regexp.MustCompile(`neighbor \S+ weight`),
}

func featuresOf(s *random.Snapshot) (features []string) {
	var text strings.Builder
	for _, f := range s.Files() {
		text.Write(f)
	}
	for f, mark := range marks {
		if mark.MatchString(text.String()) {
			features = append(features, f)
		}
	}
	slices.Sort(features)
	return features
}
