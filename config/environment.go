package config

import (
	"context"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"sort"

	"github.com/routegate/routegate/network"
)

// The types of routegate.yaml. A list whose element has a (key) is a mapping with
// free keys in the file.
type (
	document struct {
		Network       string            `mapstructure:"network"`
		Owned         []netip.Prefix    `mapstructure:"owned"`
		Devices       []docDevice       `mapstructure:"devices"`
		Relations     []docRelation     `mapstructure:"relations"`
		Announcements []docAnnouncement `mapstructure:"announcements"`
		Originations  []docOrigination  `mapstructure:"originations"`
		FlowSpec      []docFlowSpec     `mapstructure:"flowspec"`
		Protect       []docProtect      `mapstructure:"protect"`
		Services      []docService      `mapstructure:"services"`
		Links         []docLink         `mapstructure:"links"`
		Defaults      docDefaults       `mapstructure:"defaults"`
		Demands       []docDemand       `mapstructure:"demands"`
		Management    docManagement     `mapstructure:"management"`
		Failures      docFailures       `mapstructure:"failures"`
		RPKI          docRPKI           `mapstructure:"rpki"`
		Policy        docPolicy         `mapstructure:"policy"`
		Rollout       docRollout        `mapstructure:"rollout"`
	}
	docDevice struct {
		Name       string         `mapstructure:"(key)"`
		Role       string         `mapstructure:"role"`
		Site       string         `mapstructure:"site"`
		Group      string         `mapstructure:"group"`
		Mgmt       netip.Addr     `mapstructure:"mgmt"`
		Driver     string         `mapstructure:"driver"`
		Interfaces []docInterface `mapstructure:"interfaces"`
	}
	docInterface struct {
		Name  string             `mapstructure:"(key)"`
		Value []interfaceAddress `mapstructure:"value"`
	}
	docRelation struct {
		AS       asNumber             `mapstructure:"as"`
		Is       network.RelationKind `mapstructure:"is"`
		Prefixes []netip.Prefix       `mapstructure:"prefixes"`
	}
	docProtect struct {
		Name          string         `mapstructure:"name"`
		Prefixes      []netip.Prefix `mapstructure:"prefixes"`
		MinOrigins    int            `mapstructure:"min-origins"`
		ReachableFrom []string       `mapstructure:"reachable-from"`
		Capacity      []docCapacity  `mapstructure:"capacity"`
	}
	docManagement struct {
		Prefixes []netip.Prefix `mapstructure:"prefixes"`
		Stations []netip.Addr   `mapstructure:"stations"`
		Consoles []netip.Addr   `mapstructure:"consoles"`
	}
	docFailures struct {
		Links   bool `mapstructure:"links"`
		Routers bool `mapstructure:"routers"`
	}
	docPolicy struct {
		Params         []docParam   `mapstructure:"params"`
		ParamsAt       []docParamAt `mapstructure:"params-at"`
		Levels         []docLevel   `mapstructure:"levels"`
		Disabled       []string     `mapstructure:"disabled"`
		StandingDenies bool         `mapstructure:"standing-denies"`
		MaxWaiverDays  int          `mapstructure:"max-waiver-days"`
		Bundle         string       `mapstructure:"bundle"`
		SignedOnly     bool         `mapstructure:"signed-only"`
		Keys           []docKey     `mapstructure:"keys"`
	}
	docKey struct {
		ID        string `mapstructure:"id"`
		Algorithm string `mapstructure:"algorithm"`
		File      string `mapstructure:"file"`
	}
	docParamAt struct {
		Name  string     `mapstructure:"(key)"`
		Value []docParam `mapstructure:"value"`
	}
	docParam struct {
		Name  string `mapstructure:"(key)"`
		Value any    `mapstructure:"value"`
	}
	docLevel struct {
		Name  string `mapstructure:"(key)"`
		Value string `mapstructure:"value"`
	}
)

// reader turns one document into an Environment.
type reader struct {
	keys *keyed
	doc  document
	work *workbench
	errs []*Error

	warnings []string
	base     *Snapshot                          // may have read the same feeds already; nil for none
	feeds    map[feedKey][]network.Announcement // that have been read
	bundle   *PolicyFile                        // policy.bundle
}

// readEnvironment reads routegate.yaml; without one the Environment is not Present.
func (s *Snapshot) readEnvironment(ctx context.Context, src source, paths []string, work *workbench, n *network.Network, base *Snapshot) (network.Environment, error) {
	if !slices.Contains(paths, environmentFile) {
		return network.Environment{}, nil
	}
	text, err := src.read(ctx, environmentFile)
	if err != nil {
		return network.Environment{}, err
	}
	s.Environment = &EnvironmentFile{environmentFile, text}
	r := &reader{work: work, base: base}
	if err := r.decode(text); err != nil {
		return network.Environment{}, err
	}
	env := r.environment(ctx, src)
	s.feeds, s.Bundle = r.feeds, r.bundle
	if err := first(r.errs); err != nil {
		return network.Environment{}, err
	}
	s.Warnings = append(s.Warnings, r.warnings...)
	if r.doc.Network != "" {
		n.Name = r.doc.Network
	}
	return env, nil
}

// decode has viper read the text into the document.
func (r *reader) decode(text []byte) (err error) {
	r.keys, err = decodeDocument(environmentFile, text, &r.doc)
	return err
}

// span is where a value of the document stands, by its path.
func (r *reader) span(path string) network.Span {
	at, ok := r.keys.at[path]
	if !ok {
		return network.Span{File: environmentFile}
	}
	return network.Span{File: environmentFile, First: int32(at.line), Last: int32(max(at.last, at.line))}
}

// fail records an error at a value; path may be "" for the whole file.
func (r *reader) fail(path, hint, format string, args ...any) {
	at := r.keys.at[path]
	r.errs = append(r.errs, &Error{Path: environmentFile, Line: at.line, Column: at.column, Msg: r.keys.plain(path) + ": " + fmt.Sprintf(format, args...), Hint: hint})
}

// router checks that a name is one of the snapshot's routers.
func (r *reader) router(path, name string) bool {
	if name == "" {
		r.fail(path, "", "no router is named")
		return false
	}
	if r.work.routers[name] == nil {
		r.fail(path, suggest(name, r.work.names), "there is no router %s in devices/", name)
		return false
	}
	return true
}

// environment checks the document and turns it into the model.
func (r *reader) environment(ctx context.Context, src source) network.Environment {
	d := &r.doc
	env := network.Environment{Present: true, Owned: d.Owned}
	for i, x := range d.Devices {
		r.device(fmt.Sprintf("devices[%d]", i), x, &env)
	}
	sort.Slice(env.Devices, func(i, j int) bool { return env.Devices[i].Name < env.Devices[j].Name })
	r.relations(&env)
	r.protect(&env)
	r.services(&env)
	r.capacity(&env)
	for i, a := range d.Announcements {
		env.Announcements = append(env.Announcements, r.announcement(ctx, src, fmt.Sprintf("announcements[%d]", i), a)...)
	}
	if r.base != nil && reflect.DeepEqual(env.Announcements, r.base.Network.Env.Announcements) {
		env.Announcements = r.base.Network.Env.Announcements // a million routes are not compared twice
	}
	for i, o := range d.Originations {
		env.Originations = append(env.Originations, r.origination(fmt.Sprintf("originations[%d]", i), o)...)
	}
	r.flowspec(&env)
	env.Management = network.Management{Prefixes: d.Management.Prefixes, Stations: d.Management.Stations, Consoles: d.Management.Consoles}
	if _, ok := r.keys.at["management"]; ok {
		env.Management.Span = r.span("management")
	}
	env.Failures = network.FailureSettings{Links: d.Failures.Links, Routers: d.Failures.Routers}
	if _, ok := r.keys.at["failures"]; ok {
		env.Failures.Span = r.span("failures")
	}
	env.RPKI = r.rpki(ctx, src)
	env.Policy = r.policy()
	r.policySigning(ctx, src, &env.Policy)
	env.Rollout = r.rollout()
	for _, key := range topKeys {
		if at, ok := r.keys.at[key+"."]; ok {
			env.Spans.Set(key, network.Span{File: environmentFile, First: int32(at.line), Last: int32(max(at.last, at.line))})
		}
	}
	return env
}

var topKeys = func() (out []string) {
	t := reflect.TypeFor[document]()
	for i := range t.NumField() {
		out = append(out, t.Field(i).Tag.Get("mapstructure"))
	}
	return out
}()
