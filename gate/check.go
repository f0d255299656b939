package gate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/routegate/routegate/policies"
)

// Options are what a check is asked to do.
type Options struct {
	// Before and After are folders, or git:REF[:FOLDER]; Before may be Nothing.
	Before, After string
	// Change is a file with the change's declared intent; "": change.yaml of the proposed side, where it has one.
	Change string
	// Rules are the user's policies, where they are not those of the proposed side.
	Rules Rules
	// Now is when the check takes place: it decides which waivers have expired, and how old the VRPs are; zero: the clock's.
	Now time.Time
	// Draft is given a draft of the declared intent once the effects are known. An empty change.yaml is none then: the draft
	// may be on its way into it. Nil: none is wanted.
	Draft func(text string)
	// Timeout bounds the whole run; 0: none. Running into it is an unknown verdict.
	Timeout time.Duration
	Workers int // 0: one a processor
	// Progress is called from one goroutine at a time; may be nil.
	Progress func(stage string, done, total int)
	// Failures are the single failures to try; nil: those that routegate.yaml asks for.
	Failures *FailureKinds
	// WholeFailures: every failure is solved anew, over everything, which the fast ways are held against.
	WholeFailures bool
	// Version is the program's, for the document's run.
	Version string
}

// now is when the check takes place.
func (o *Options) now() time.Time {
	if o.Now.IsZero() {
		return time.Now()
	}
	return o.Now
}

// Check judges the change from Before to After. The error is for what stands in the way of
// a judgement and is the caller's to mend: snapshots or policies that cannot be read, and
// ctx's end. Everything else that goes wrong is an unknown verdict.
func Check(ctx context.Context, o Options) (*Verdict, error) {
	_, v, err := check(ctx, o)
	return v, err
}

// check is Check with what the run leaves behind.
func check(ctx context.Context, o Options) (*pipeline, *Verdict, error) {
	p := newPipeline(o)
	v := &Verdict{
		Schema: VerdictSchema, Verdict: Unknown, Unknowns: []Reason{}, Findings: []Finding{}, Standing: []Finding{}, NotApplied: []NotApplied{}, Waivers: []Waiver{},
	}
	limited, cancel := p.limit(ctx)
	defer cancel()
	err := guard(func() error { return p.judge(limited, v) })
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	var crashed *crash
	switch {
	case errors.As(err, &crashed):
		v.Unknowns = append(v.Unknowns, Reason{Kind: ReasonInternal, Message: crashed.Error(), Routers: []string{}, Sources: []Source{},
			Hint: "this is a defect of routegate; the stack of the crash is in the JSON document under run"})
		p.run.Crash = crashed.stack
	case errors.Is(err, context.DeadlineExceeded) && limited.Err() != nil:
		v.Unknowns = append(v.Unknowns, Reason{Kind: ReasonTimeout, Message: fmt.Sprintf("no verdict within %s: the time ran out in stage %q", o.Timeout, p.now),
			Routers: []string{}, Sources: []Source{}, Hint: "--timeout gives it more"})
	case err != nil:
		return nil, nil, err
	}
	v.Comparison, v.Failures, v.Capacity, v.Intent = p.out, p.tried, p.carried, p.meant
	v.Run = p.finish()
	v.decide()
	return p, v, nil
}

// judge runs the whole pipeline.
func (p *pipeline) judge(ctx context.Context, v *Verdict) error {
	if err := p.load(ctx); err != nil {
		return err
	}
	if err := p.readIntent(); err != nil {
		return err
	}
	engine := make(chan built, 1)
	go func() {
		var b built
		b.err = guard(func() (err error) {
			b.engine, err = newEngine(ctx, p.o.Rules, p.snapshots[0], p.snapshots[1])
			return err
		})
		engine <- b
	}()
	if err := p.compare(ctx); err != nil {
		return err
	}
	b := <-engine
	if b.err != nil {
		return b.err
	}
	if err := p.knownWaivers(b.engine); err != nil {
		return err
	}
	v.Binding = bindingOf(p.snapshots[0], p.snapshots[1], b.engine.Digest())
	if v.Unknowns = append(v.Unknowns, p.divergence()...); len(v.Unknowns) > 0 {
		return nil // the tables are one of several states: nothing may be concluded from them
	}
	if p.o.Draft != nil {
		if err := p.compute(ctx, "draft", func() func() {
			text := p.draft()
			return func() { p.o.Draft(text) }
		}); err != nil {
			return err
		}
	}
	v.Unknowns = append(v.Unknowns, p.uncertainties()...)
	v.Unknowns = append(v.Unknowns, p.outsideDoubts()...)
	lostBefore, lostAfter, err := p.failures(ctx)
	if err != nil {
		return err
	}
	aloneBefore, aloneAfter, err := p.independence(ctx)
	if err != nil {
		return err
	}
	carriedBefore, carriedAfter, err := p.capacity(ctx)
	if err != nil {
		return err
	}
	v.Unknowns = append(v.Unknowns, p.restless...)
	var in *policies.Input
	if err := p.compute(ctx, "facts", func() func() {
		facts := input(p.config, p.behaviour, p.before, p.after)
		facts.Network.Failures = p.tried.Known || p.carried.Known && p.kinds().Any()
		facts.Network.RPKI = p.after.rpkiSource(p.o.now())
		facts.Before.Failures, facts.After.Failures = lostBefore, lostAfter
		carriedBefore.into(&facts.Before)
		carriedAfter.into(&facts.After)
		facts.Before.Independence, facts.After.Independence = aloneBefore, aloneAfter
		meant, declared := p.compareIntent()
		facts.Intent = declared
		return func() { in, p.meant = facts, meant }
	}); err != nil {
		return err
	}
	return p.stage("judge", func() error {
		r, err := b.engine.Evaluate(ctx, in)
		if err != nil {
			return err
		}
		p.report(v, b.engine, r)
		return p.waive(ctx, v, b.engine, in)
	})
}

// built is a compiled policy engine, or why there is none.
type built struct {
	engine *policies.Engine
	err    error
}

// Compare says what changes and what that does, without a judgement. A network that does
// not settle has no effects that could be told: Warnings say so.
func Compare(ctx context.Context, o Options) (*Difference, error) {
	p := newPipeline(o)
	limited, cancel := p.limit(ctx)
	defer cancel()
	if err := guard(func() error {
		if err := p.load(limited); err != nil {
			return err
		}
		return p.compare(limited)
	}); err != nil {
		return nil, err
	}
	for _, r := range p.divergence() {
		p.out.Warnings = append(p.out.Warnings, r.Message)
	}
	return &Difference{Schema: DiffSchema, Comparison: p.out}, nil
}
