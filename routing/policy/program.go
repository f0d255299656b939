package policy

import (
	"fmt"

	"github.com/routegate/routegate/network"
)

// maxDepth bounds nested calls. BIRD fails where its stack of filters overflows, beyond a thousand calls or so.
const maxDepth = 1000

// maxRun bounds the instructions of one run, since a program may call itself.
const maxRun = 1 << 20

// signal is how an instruction ends.
type signal uint8

const (
	goOn signal = iota
	accepts
	rejects
	returns
	fails
)

type (
	expression  func(*frame) value
	instruction func(*frame) signal
)

// program is a compiled network.Program.
type program struct {
	body      []instruction
	locals    int
	functions map[string]*function
}

type function struct {
	*network.Function
	body []instruction
}

// frame is the state of a running program or function.
type frame struct {
	ev     *evaluation
	policy *compiledPolicy
	locals []value
	result value
	run    *programRun
}

// programRun is what all frames of one run share.
type programRun struct {
	failure string // why the program failed; "" while it has not
	end     signal // accepts or rejects, where a called function decided
	at      network.Span
	depth   int
	steps   int
	given   uint32 // attributes that were set, by AttributeOf
	taken   uint32 // attributes that were unset
	wrote   bool   // one was written, see tidy
	custom  map[string]value
	dest    uint64
}

// fail ends the program by an error.
func (f *frame) fail(at network.Span, format string, args ...any) value {
	if f.run.failure == "" {
		f.run.failure, f.run.at = fmt.Sprintf(format, args...), at
	}
	return voidValue
}

func (f *frame) failed() bool { return f.run.failure != "" }

// compileProgram makes a program ready to run.
func (e *Evaluator) compileProgram(p *network.Program) *program {
	c := &program{locals: p.Locals, functions: make(map[string]*function, len(p.Functions))}
	for _, fn := range p.Functions {
		c.functions[fn.Name] = &function{Function: fn}
	}
	for _, fn := range p.Functions {
		c.functions[fn.Name].body = e.instructions(fn.Body)
	}
	c.body = e.instructions(p.Body)
	return c
}

// program runs a policy's program: its end without a decision, and any failure, rejects.
func (ev *evaluation) program(p *compiledPolicy) network.Disposition {
	f := &frame{ev: ev, policy: p, locals: make([]value, p.program.locals), run: &programRun{}}
	s := runAll(f, p.program.body)
	if f.run.end != goOn {
		s = f.run.end
	}
	switch {
	case s == accepts:
		return network.Accept
	case s == rejects:
		return network.Reject
	case s == returns && f.result.kind == network.BoolValue:
		// A filter that returns a truth value decides by it (tried with BIRD 2.0.12).
		d := network.Reject
		if f.result.n != 0 {
			d = network.Accept
		}
		ev.fall("the value that "+p.Name+" returns", p.Span)
		ev.explain(Step{Policy: p.Name, Text: "returns " + f.result.String() + ": " + d.String(), Span: p.Span})
		return d
	case s == fails:
		ev.fall("a failure of "+p.Name+": "+f.run.failure, f.run.at)
		ev.explain(Step{Policy: p.Name, Text: "fails, and so rejects: " + f.run.failure, Span: f.run.at})
		return network.Reject
	}
	ev.fall("the end of policy "+p.Name, p.Span)
	ev.explain(Step{Policy: p.Name, Text: "ends without a decision: reject", Span: p.Span})
	return network.Reject
}

func runAll(f *frame, list []instruction) signal {
	for _, do := range list {
		if f.run.steps++; f.run.steps > maxRun {
			f.fail(network.Span{}, "the program does not end")
			return fails
		}
		s := do(f)
		if f.failed() {
			return fails
		}
		if s != goOn {
			return s
		}
	}
	return goOn
}

func (e *Evaluator) instructions(list []network.Instruction) []instruction {
	out := make([]instruction, len(list))
	for i := range list {
		out[i] = e.instruction(&list[i])
	}
	return out
}

func (e *Evaluator) instruction(in *network.Instruction) instruction {
	var val expression
	if in.Value != nil {
		val = e.expression(in.Value)
	}
	switch in.Do {
	case network.DoAccept, network.DoReject:
		return e.decide(in)
	case network.DoFail:
		return func(f *frame) signal { f.fail(in.Span, "the program says so"); return fails }
	case network.DoReturn:
		return func(f *frame) signal {
			f.result = voidValue
			if val != nil {
				f.result = val(f)
			}
			return returns
		}
	case network.DoIf:
		return e.branch(in, val)
	case network.DoCase:
		return e.choice(in, val)
	case network.DoFor:
		return e.loop(in, val)
	case network.DoSet:
		return func(f *frame) signal {
			if v := val(f); !f.failed() {
				f.write(in, v)
			}
			return goOn
		}
	case network.DoUnset:
		return func(f *frame) signal { f.unset(in); return goOn }
	case network.DoLocal:
		want := in.Attribute.Type
		return func(f *frame) signal {
			v := voidValue
			if val != nil {
				v = val(f)
			}
			if want != network.VoidValue && v.kind != want && !f.failed() {
				f.fail(in.Span, "a variable of type %s is set to a value of type %s", want, v.kind)
			}
			f.locals[in.Local] = v
			return goOn
		}
	}
	return func(f *frame) signal { val(f); return goOn }
}

// decide ends the whole program, from within a function too.
func (e *Evaluator) decide(in *network.Instruction) instruction {
	d, s := network.Accept, accepts
	if in.Do == network.DoReject {
		d, s = network.Reject, rejects
	}
	return func(f *frame) signal {
		name := ""
		if in.Span.First > 0 {
			name = fmt.Sprintf("line %d", in.Span.First)
		}
		f.ev.matched = append(f.ev.matched, &Clause{Policy: f.policy.Name, Statement: name, Result: d, Span: in.Span})
		f.ev.byFall, f.ev.by, f.ev.what = false, in.Span, ""
		f.ev.explain(Step{Policy: f.policy.Name, Statement: name, Matched: true, Text: d.String(), Span: in.Span})
		return s
	}
}

func (e *Evaluator) branch(in *network.Instruction, val expression) instruction {
	then, other := e.instructions(in.Then), e.instructions(in.Else)
	return func(f *frame) signal {
		v := val(f)
		if f.failed() {
			return fails
		}
		if v.kind != network.BoolValue {
			f.fail(in.Span, "a condition is %s, not a truth value", v.kind)
			return fails
		}
		if f.ev.trace != nil {
			f.aloud(in, v.n != 0)
		}
		if v.n != 0 {
			return runAll(f, then)
		}
		return runAll(f, other)
	}
}

// aloud tells a condition and whether it held.
func (f *frame) aloud(in *network.Instruction, holds bool) {
	text := "does not hold"
	if holds {
		text = "holds"
	}
	f.ev.explain(Step{Policy: f.policy.Name, Statement: fmt.Sprintf("line %d", in.Span.First), Matched: holds, Text: text, Span: in.Span,
		Checks: []Check{{Text: in.Value.String(), Holds: holds, Known: true, Span: in.Span}}})
}

func (e *Evaluator) choice(in *network.Instruction, val expression) instruction {
	type arm struct {
		set  expression
		body []instruction
	}
	arms := make([]arm, len(in.Cases))
	for i, c := range in.Cases {
		arms[i] = arm{e.expression(c.Set), e.instructions(c.Then)}
	}
	other := e.instructions(in.Else)
	return func(f *frame) signal {
		v := val(f)
		if f.failed() {
			return fails
		}
		for _, a := range arms {
			set, ok := a.set(f).x.(*valueSet)
			if ok && set.of == v.kind && set.has(v) {
				return runAll(f, a.body)
			}
		}
		return runAll(f, other)
	}
}

func (e *Evaluator) loop(in *network.Instruction, val expression) instruction {
	body := e.instructions(in.Then)
	return func(f *frame) signal {
		v := val(f)
		if f.failed() {
			return fails
		}
		for _, x := range elements(v) {
			f.locals[in.Local] = x
			if s := runAll(f, body); s != goOn {
				return s
			}
		}
		return goOn
	}
}

// elements are what a loop goes through.
func elements(v value) []value {
	var out []value
	switch x := v.x.(type) {
	case network.ASPath:
		for _, s := range x {
			for _, as := range s.AS {
				out = append(out, numeral(as))
			}
		}
	case []network.Community:
		for _, c := range x {
			out = append(out, value{kind: network.PairValue, n: uint64(c)})
		}
	case []network.LargeCommunity:
		for _, c := range x {
			out = append(out, value{kind: network.LargeValue, x: c})
		}
	case []network.ExtCommunity:
		for _, c := range x {
			out = append(out, value{kind: network.ExtValue, n: uint64(c)})
		}
	}
	return out
}
