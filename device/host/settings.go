// Package host is the agent as a process on a router's machine: its settings, the driver of its daemon, its folder and
// its sockets.
package host

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/agnivade/levenshtein"
	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/pflag"
	"github.com/spf13/viper"
	"go.yaml.in/yaml/v3"
)

// DefaultFile is where the settings are looked for.
const DefaultFile = "/etc/routegate/agent.yaml"

// Settings are agent.yaml's.
type Settings struct {
	Router        string        `mapstructure:"router"`
	Driver        string        `mapstructure:"driver"`
	Listen        string        `mapstructure:"listen"` // "": the socket only
	Socket        string        `mapstructure:"socket"`
	State         string        `mapstructure:"state"`
	CA            string        `mapstructure:"ca"`
	Certificate   string        `mapstructure:"certificate"`
	Key           string        `mapstructure:"key"`
	Keep          int           `mapstructure:"keep"`
	Poll          time.Duration `mapstructure:"poll"`
	LongestWindow time.Duration `mapstructure:"longest-window"`
	FRR           FRR           `mapstructure:"frr"`
	GoBGP         GoBGP         `mapstructure:"gobgp"`
	BIRD          BIRD          `mapstructure:"bird"`
}

type (
	// FRR says where FRRouting is, where it is not in Debian's places.
	FRR struct {
		Vtysh      string `mapstructure:"vtysh"`
		VtySocket  string `mapstructure:"vty-socket"`
		Pathspace  string `mapstructure:"pathspace"`
		ConfigFile string `mapstructure:"config"`
		DaemonDir  string `mapstructure:"daemons"`
	}
	// GoBGP says where gobgpd is.
	GoBGP struct {
		Address    string `mapstructure:"address"`
		ConfigFile string `mapstructure:"config"`
	}
	// BIRD says where BIRD is.
	BIRD struct {
		Socket     string `mapstructure:"socket"`
		ConfigFile string `mapstructure:"config"`
		StateDir   string `mapstructure:"state"`
	}
)

// Flags are the settings that a command line may override, by their names in agent.yaml.
func Flags(f *pflag.FlagSet) {
	f.String("router", "", "the router's name, as the snapshot has it")
	f.String("driver", "", "the routing daemon: frr, gobgp or bird")
	f.String("listen", "", "the management address, literal, with port: 192.0.2.11:7443")
	f.String("socket", "", "the Unix socket for root on this machine")
	f.String("state", "", "the folder for what must survive a crash")
}

// Read reads the settings; flags that were given win. A file that was not asked for need not be there.
func Read(file string, flags *pflag.FlagSet) (Settings, error) {
	var s Settings
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) && file == DefaultFile {
		text = nil
	} else if err != nil {
		return s, err
	}
	if err := known(file, text); err != nil {
		return s, err
	}
	v := viper.New()
	v.SetConfigType("yaml")
	for key, value := range map[string]any{
		"socket": "/run/routegate/agent.sock", "state": "/var/lib/routegate", "keep": 10, "poll": "1s", "longest-window": "24h",
		"ca": "/etc/routegate/ca.pem", "certificate": "/etc/routegate/agent.pem", "key": "/etc/routegate/agent.key",
	} {
		v.SetDefault(key, value)
	}
	if err := v.ReadConfig(bytes.NewReader(text)); err != nil {
		return s, fmt.Errorf("%s: %w", file, err)
	}
	if flags != nil {
		var bind error
		flags.Visit(func(f *pflag.Flag) {
			if slices.Contains(keys(reflect.TypeFor[Settings]()), f.Name) {
				bind = errors.Join(bind, v.BindPFlag(f.Name, f))
			}
		})
		if bind != nil {
			return s, bind
		}
	}
	err = v.UnmarshalExact(&s, func(c *mapstructure.DecoderConfig) { c.WeaklyTypedInput = false })
	if err != nil {
		return s, fmt.Errorf("%s: %s", file, strings.Join(strings.Fields(err.Error()), " "))
	}
	return s, s.check(file)
}

// check refuses what cannot work, and names the setting.
func (s *Settings) check(file string) error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%s: %s", file, fmt.Sprintf(format, args...))
	}
	switch {
	case s.Router == "":
		return bad("router is missing: the router's name, as the snapshot has it")
	case s.Driver == "":
		return bad("driver is missing: want frr, gobgp or bird")
	case !slices.Contains([]string{"frr", "gobgp", "bird"}, s.Driver):
		return bad("driver: %q: want frr, gobgp or bird", s.Driver)
	case s.Listen == "" && s.Socket == "":
		return bad("neither listen nor socket: nobody could call this agent")
	case s.State == "":
		return bad("state is missing: the folder for what must survive a crash")
	case s.Keep < 1 || s.Keep > 100:
		return bad("keep: %d: want 1 to 100 configurations", s.Keep)
	case s.Poll < 100*time.Millisecond || s.Poll > time.Minute:
		return bad("poll: %v: want 100ms to 1m", s.Poll)
	case s.LongestWindow < time.Minute:
		return bad("longest-window: %v: want 1m or more", s.LongestWindow)
	}
	if s.Listen != "" {
		if _, err := netip.ParseAddrPort(s.Listen); err != nil {
			return bad("listen: %q: want a literal IP address and a port, as in 192.0.2.11:7443 (names are not looked up: DNS may be what is broken)", s.Listen)
		}
	}
	return nil
}

func keys(t reflect.Type) (out []string) {
	for i := range t.NumField() {
		out = append(out, t.Field(i).Tag.Get("mapstructure"))
	}
	return out
}

// known refuses keys that are none: viper would read over a misspelt one.
func known(file string, text []byte) error {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return fmt.Errorf("%s: %s", file, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(doc.Content) == 0 {
		return nil
	}
	return knownIn(file, "", doc.Content[0], reflect.TypeFor[Settings]())
}

func knownIn(file, above string, n *yaml.Node, t reflect.Type) error {
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("%s:%d:%d: %swant keys and values", file, n.Line, n.Column, above)
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if line, twice := seen[key.Value]; twice {
			return fmt.Errorf("%s:%d:%d: %s%s stands twice (it stands in line %d already)", file, key.Line, key.Column, above, key.Value, line)
		}
		seen[key.Value] = key.Line
		at := slices.Index(keys(t), key.Value)
		if at < 0 {
			return fmt.Errorf("%s:%d:%d: unknown key %s%s (%s)", file, key.Line, key.Column, above, key.Value, nearest(key.Value, keys(t)))
		}
		if f := t.Field(at).Type; f.Kind() == reflect.Struct {
			if err := knownIn(file, above+key.Value+".", value, f); err != nil {
				return err
			}
		}
	}
	return nil
}

func nearest(key string, known []string) string {
	best, near := "", 1+len(key)/2
	known = slices.Sorted(slices.Values(known))
	for _, k := range known {
		if d := levenshtein.ComputeDistance(strings.ReplaceAll(strings.ToLower(key), "_", "-"), k); d < near {
			best, near = k, d
		}
	}
	if best == "" {
		return "known: " + strings.Join(known, ", ")
	}
	return "did you mean " + best + "?"
}
