package diff

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/routegate/routegate/network"
)

// secret stands for every value that must not be printed.
const secret = "(secret)"

// secretFields are the Go fields whose values are never rendered.
var secretFields = map[string]bool{"Password": true, "AuthKey": true}

// zeroIsUnset are the numbers that stand for "not configured" when they are 0.
var zeroIsUnset = map[string]bool{"Cost": true, "Hold": true, "Keepalive": true, "MaximumPrefixOut": true, "Port": true, "TTLSecurityHops": true,
	"AllowASIn": true, "Bandwidth": true, "MetricType": true, "MaximumPaths": true, "AddPathSendMax": true, "MinOrigins": true, "Identifier": true}

// value renders a field's value short: "" for one that is not there or not set.
func value(field string, v reflect.Value) string {
	if !v.IsValid() {
		return ""
	}
	if secretFields[field] {
		if v.IsZero() {
			return ""
		}
		return secret
	}
	if zeroIsUnset[field] && v.IsZero() {
		return ""
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return ""
		}
		v = v.Elem()
	}
	if !v.CanInterface() {
		return ""
	}
	return text(v.Interface())
}

// text renders one value of the model.
func text(x any) string {
	switch x := x.(type) {
	case bool:
		if x {
			return "yes"
		}
		return "no"
	case string:
		return x
	case network.Ref:
		return x.Name
	case network.PolicyChain:
		return chainText(x)
	case network.RemoteAS:
		switch x.Kind {
		case network.RemoteASNumber:
			return strconv.FormatUint(uint64(x.Number), 10)
		case network.RemoteASMissing:
			return ""
		}
		return map[network.RemoteASKind]string{network.RemoteASExternal: "external", network.RemoteASInternal: "internal", network.RemoteASAuto: "auto"}[x.Kind]
	case network.LocalAS:
		return localASText(x)
	case network.MaximumPrefix:
		t := strconv.FormatUint(uint64(x.Limit), 10)
		if x.WarningOnly {
			t += ", warning only"
		}
		if x.Restart > 0 {
			t += fmt.Sprintf(", restart after %d minutes", x.Restart)
		}
		return t + fmt.Sprintf(", threshold %d %%", x.Threshold)
	case network.ConditionalAdvertisement:
		if x.NonExist {
			return x.Advertise.Name + " while nothing matches " + x.Condition.Name
		}
		return x.Advertise.Name + " while something matches " + x.Condition.Name
	case network.DefaultOriginate:
		if x.Policy.IsSet() {
			return "while " + x.Policy.Name + " matches"
		}
		return "always"
	case network.OSPFDefaultOriginate:
		return ospfDefaultText(x)
	case network.RemovePrivateAS:
		return [...]string{"no", "if all are private", "all", "if all are private, replaced", "all, replaced"}[x]
	case network.OSPFNetworkType:
		return [...]string{"broadcast", "point-to-point", "point-to-multipoint", "non-broadcast", "loopback"}[x]
	case network.OSPFAreaType:
		return [...]string{"normal", "stub", "nssa"}[x]
	case network.RouterIDRule:
		return [...]string{"highest loopback address", "lowest address", "must be configured"}[x]
	case network.BGPDistance:
		return fmt.Sprintf("%d %d %d", x.External, x.Internal, x.Local)
	case network.OSPFDistance:
		return fmt.Sprintf("%d %d %d", x.IntraArea, x.InterArea, x.External)
	case network.Aggregator:
		return fmt.Sprintf("%d %s", x.AS, x.RouterID)
	case fmt.Stringer:
		if s := x.String(); s != "invalid IP" && s != "invalid Prefix" {
			return s
		}
		return ""
	}
	v := reflect.ValueOf(x)
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		f := make([]string, v.Len())
		for i := range f {
			f[i] = text(v.Index(i).Interface())
		}
		return shorten(f)
	case reflect.Struct:
		return ""
	case reflect.Map:
		return fmt.Sprint(x) // fmt sorts the keys
	}
	return fmt.Sprint(x)
}

// shorten joins a list and leaves out the middle of a long one.
func shorten(f []string) string {
	if len(f) > 8 {
		return strings.Join(f[:6], " ") + fmt.Sprintf(" ... (%d in all)", len(f))
	}
	return strings.Join(f, " ")
}

func chainText(c network.PolicyChain) string {
	var f []string
	for _, p := range c.Policies {
		f = append(f, p.Name)
	}
	t := strings.Join(f, ", ")
	switch {
	case c.Default == network.Next, t != "" && c.Default == network.Reject:
		return t // that what nothing accepts is refused goes without saying
	case t == "":
		return c.Default.String() + " everything"
	}
	return t + ", else " + c.Default.String()
}

func localASText(l network.LocalAS) string {
	if l.Number == 0 {
		return ""
	}
	t := strconv.FormatUint(uint64(l.Number), 10)
	if l.NoPrepend {
		t += " no-prepend"
	}
	if l.ReplaceAS {
		t += " replace-as"
	}
	if l.DualAS {
		t += " dual-as"
	}
	return t
}

func ospfDefaultText(d network.OSPFDefaultOriginate) string {
	t := "while a default route is there"
	if d.Always {
		t = "always"
	}
	if d.Policy.IsSet() {
		t += ", by " + d.Policy.Name
	}
	if d.Metric != nil {
		t += fmt.Sprintf(", metric %d", *d.Metric)
	}
	return t + fmt.Sprintf(", type %d", d.MetricType)
}
