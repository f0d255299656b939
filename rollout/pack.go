package rollout

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/routegate/routegate/canary"
	"github.com/routegate/routegate/journal"
	"github.com/routegate/routegate/rescue/pack"
)

// KindPack is the kind of a line that says what became of the rescue bundle after a rollout: its data is a canary.DocumentPack.
const KindPack = "pack"

// PackNothing as Options.Pack makes no bundle, whatever routegate.yaml says.
const PackNothing = "none"

// packing is the rescue bundle that is made anew once a rollout is confirmed: as routegate rescue pack does, by the plan's own word. Nil
// packs nothing. It decides nothing about the rollout.
type packing struct {
	plan   string // rescue.yaml, an absolute path
	rolled string // what is rolled out: where the plan takes addresses from if it names no snapshot; an absolute path, or git:REF
	ask    func(prompt string) ([]byte, error)

	read   *pack.Plan // once it could be read: what becomes of the snapshot's folder afterwards does not matter
	warned []string   // what stops nothing
}

// packing says by which plan a bundle is made: the command line's before routegate.yaml's.
func (o *Options) packing(set settings, p *canary.Plan) *packing {
	return newPacking(cmp.Or(o.Pack, set.Pack), p.Root, p, o.Ask)
}

// packing is that of who takes a rollout over. What was packed by when it was begun, and cannot be now, is said and does not hold up
// a rollout that has deadlines to keep; what the command line names now is refused.
func (o *Takeover) packing(ctx context.Context, p *canary.Plan, told func(canary.Note)) (*packing, error) {
	if o.Do == canary.Abort {
		return nil, nil
	}
	root, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	x := newPacking(cmp.Or(o.Pack, p.Pack), root, p, o.Ask)
	err = x.ready(ctx, p)
	if err != nil && o.Pack != "" {
		return nil, err
	}
	if x != nil && err != nil {
		x.warned = append(x.warned, err.Error())
	}
	for _, w := range x.warnings() {
		if told != nil {
			told(canary.Note{At: time.Now(), Text: "warning: " + w})
		}
	}
	return x, nil
}

// warnings are what ready found that stops nothing.
func (x *packing) warnings() []string {
	if x == nil {
		return nil
	}
	return x.warned
}

// newPacking is by a file that is named from root.
func newPacking(file, root string, p *canary.Plan, ask func(prompt string) ([]byte, error)) *packing {
	if file == "" || file == PackNothing {
		return nil
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(root, file)
	}
	return &packing{plan: file, rolled: fromRoot(p, p.After), ask: ask}
}

// file is the plan's; "" where nothing is packed.
func (x *packing) file() string {
	if x == nil {
		return ""
	}
	return x.plan
}

// from is where the plan takes addresses from, if that is what is rolled out; else "".
func (x *packing) from() string {
	if x == nil || x.read == nil || x.read.Snapshot != x.rolled {
		return ""
	}
	return x.rolled
}

// ready says why the bundle could not be made once the rollout is confirmed, while nothing is touched. What must be asked for is asked
// for now: at the end nobody may sit there.
func (x *packing) ready(ctx context.Context, p *canary.Plan) error {
	if x == nil {
		return nil
	}
	early, late := remembering(x.ask)
	x.ask = late
	o, err := x.order(ctx, early)
	if err == nil {
		x.warned = append(x.warned, o.Plan.Notes...)
		err = o.Ready(func(err error) {
			x.warned = append(x.warned, fmt.Sprintf("once the rollout is confirmed the rescue bundle is packed, and the one from before would not be used: %v", err))
		})
	}
	switch {
	case errors.Is(err, pack.ErrNobodyAsked):
		return refuse("the rescue bundle is to be packed once the rollout is confirmed, and is for a passphrase that nobody can be asked for: %s wants pack: {recipients: FILE} or pack: {passphrase-file: FILE}; --pack none rolls out without it", x.plan)
	case err != nil:
		return fmt.Errorf("the rescue bundle could not be packed once the rollout is confirmed: %w", err)
	}
	if o.Plan.Network != p.Network {
		return refuse("the rescue bundle is to be packed once the rollout is confirmed, and %s is of the network %s, not of %s", x.plan, o.Plan.Network, p.Network)
	}
	for _, r := range p.Routers {
		if _, ok := o.Plan.Routers[r.Name]; !ok {
			return refuse("the rescue bundle is to be packed once the rollout is confirmed, and %s does not name %s, which this change touches: nobody could bring it back", x.plan, r.Name)
		}
	}
	return nil
}

// remembering makes of who can be asked (nil: nobody) two: early asks, once for each prompt, and late has the same answers and asks nobody.
func remembering(ask func(prompt string) ([]byte, error)) (early, late func(prompt string) ([]byte, error)) {
	answers := map[string][]byte{}
	late = func(prompt string) ([]byte, error) {
		if a, ok := answers[prompt]; ok {
			return a, nil
		}
		return nil, fmt.Errorf("the %s is needed, and nobody can be asked any more", prompt)
	}
	if ask == nil {
		return nil, late
	}
	return func(prompt string) ([]byte, error) {
		if a, err := late(prompt); err == nil {
			return a, nil
		}
		a, err := ask(prompt)
		if err == nil {
			answers[prompt] = a
		}
		return a, err
	}, late
}

func (x *packing) order(ctx context.Context, ask func(prompt string) ([]byte, error)) (*pack.Order, error) {
	if x.read == nil {
		plan, err := RescuePlan(ctx, x.plan, "", x.rolled)
		if err != nil {
			return nil, err
		}
		x.read = plan
	}
	return x.read.Order(ask)
}

// after packs where the rollout is confirmed, and writes into document and journal what came of it.
func (x *packing) after(ctx context.Context, j *journal.Journal, d *canary.Document, told func(canary.Note)) {
	if x == nil || canary.Result(d.Result) != canary.Completed {
		return
	}
	say := func(format string, args ...any) {
		if told != nil {
			told(canary.Note{At: time.Now(), Text: fmt.Sprintf(format, args...)})
		}
	}
	say("packing the rescue bundle by %s", x.plan)
	made := make(chan *canary.DocumentPack, 1)
	go func() { made <- x.make(ctx, say) }()
	renew := time.NewTicker(lease / 6)
	defer renew.Stop()
	for d.Pack = nil; d.Pack == nil; {
		select {
		case d.Pack = <-made:
		case <-renew.C:
			_ = j.Renew() // where the lock is lost, the line below finds out
		}
	}
	text := packText(d.Pack)
	say("%s", text)
	if err := j.Append(journal.Entry{At: time.Now().UTC(), Rollout: d.ID, Kind: KindPack, Text: text, Data: d.Pack}); err != nil {
		say("what became of the rescue bundle is not in the journal: %v", err)
	}
}

func (x *packing) make(ctx context.Context, say func(format string, args ...any)) *canary.DocumentPack {
	o, err := x.order(ctx, x.ask)
	d := canary.NewDocumentPack(x.plan, x.from(), canary.PackDone)
	var r pack.Result
	if err == nil {
		r, err = o.Run(ctx, time.Now(), func(err error) { say("the rescue bundle from before is not used: %v", err) })
	}
	d.Bundle, d.Serial, d.Routers, d.Configurations, d.Missing = r.File, int(r.Serial), r.Routers, r.Configurations, append(d.Missing, r.Missing...)
	switch {
	case err != nil:
		d.State, d.Problem = canary.PackFailed, err.Error()
	case len(r.Missing) > 0:
		d.State = canary.PackPartial
	}
	return d
}

func packText(d *canary.DocumentPack) string {
	missing := ""
	if len(d.Missing) > 0 {
		missing = "; no answer from " + strings.Join(d.Missing, "; ")
	}
	if d.State == canary.PackFailed {
		return fmt.Sprintf("the rescue bundle is NOT packed: %s%s; by hand: %s", d.Problem, missing, d.Command)
	}
	return fmt.Sprintf("the rescue bundle is packed: %s, number %d, %d routers, %d configurations%s", d.Bundle, d.Serial, d.Routers, d.Configurations, missing)
}

// packed fills in what a journal says of the bundle of a rollout that has ended. A controller that ended before it wrote a
// word has not packed.
func packed(lines []journal.Line, d *canary.Document, led bool) {
	for _, l := range slices.Backward(lines) {
		var p canary.DocumentPack
		if l.Rollout == d.ID && l.Kind == KindPack && json.Unmarshal(l.Data, &p) == nil {
			d.Pack = &p
			return
		}
	}
	switch {
	case d.Pack == nil || d.Pack.State != canary.PackPlanned:
	case led:
		d.Pack.State = canary.PackUnder
	default:
		d.Pack.State, d.Pack.Problem = canary.PackFailed, "the controller ended before it was done"
	}
}
