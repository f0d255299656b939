package stdio

import (
	"errors"
	"fmt"
	"time"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/rescue"
)

// call is what a client asks for: the methods of rescue.Reached, and "end" when it has no more to ask.
type call string

const (
	callStatus  call = "status"
	callStored  call = "stored"
	callLease   call = "lease"
	callRelease call = "release"
	callRestore call = "restore"
	callEnd     call = "end"
)

// request is one call. ID is the client's own word, which no other client uses; the answer repeats it.
type request struct {
	V      int         `json:"v"`
	ID     string      `json:"id"`
	Call   call        `json:"call"`
	Holder string      `json:"holder,omitempty"`
	TermMS int64       `json:"term_ms,omitempty"`
	To     device.Hash `json:"to,omitempty"`
	Reason string      `json:"reason,omitempty"`
}

// reply is one line of a server: its hello, that it is still working, or the answer to a call.
type reply struct {
	V       int      `json:"v"`
	ID      string   `json:"id,omitempty"`
	Hello   *hello   `json:"hello,omitempty"`
	Still   bool     `json:"still,omitempty"`
	Garbled bool     `json:"garbled,omitempty"` // a request came that could not be read: ask again
	Status  *status  `json:"status,omitempty"`
	Stored  []stored `json:"stored,omitempty"`
	Lease   *lease   `json:"lease,omitempty"`
	Error   *problem `json:"error,omitempty"`
}

type hello struct {
	Router  string `json:"router"`
	Program string `json:"program"` // the version of routegate
}

type status struct {
	Router      string         `json:"router"`
	Phase       device.Phase   `json:"phase"`
	Change      string         `json:"change"`
	RemainingMS int64          `json:"remaining_ms"`
	Base        device.Hash    `json:"base"`
	Candidate   device.Hash    `json:"candidate"`
	Confirmed   device.Hash    `json:"confirmed"`
	Outcome     device.Outcome `json:"outcome"`
	Detail      string         `json:"detail"`
	Agent       string         `json:"agent"`
	BootID      string         `json:"boot_id"`
}

type stored struct {
	Hash   device.Hash `json:"hash"`
	Change string      `json:"change"`
	At     time.Time   `json:"at"`
	Files  []string    `json:"files"`
}

type lease struct {
	Holder string    `json:"holder"`
	Since  time.Time `json:"since"`
	LeftMS int64     `json:"left_ms"`
}

// problem is an error of one of the kinds of device.Agent.
type problem struct {
	Kind   string             `json:"kind"` // refusal, failure or unreachable
	Code   device.RefusalCode `json:"code,omitempty"`
	Status *status            `json:"status,omitempty"` // of a failure
	Detail string             `json:"detail"`
}

func toStatus(s device.Status) *status {
	return &status{s.Router, s.Phase, s.Change, s.Remaining.Milliseconds(), s.Base, s.Candidate, s.Confirmed, s.Outcome, s.Detail, s.Agent, s.BootID}
}

func (s *status) device() device.Status {
	if s == nil {
		return device.Status{}
	}
	return device.Status{Router: s.Router, Phase: s.Phase, Change: s.Change, Remaining: ms(s.RemainingMS), Base: s.Base, Candidate: s.Candidate,
		Confirmed: s.Confirmed, Outcome: s.Outcome, Detail: s.Detail, Agent: s.Agent, BootID: s.BootID}
}

func toStored(all []device.Stored) []stored {
	out := make([]stored, 0, len(all))
	for _, s := range all {
		out = append(out, stored(s))
	}
	return out
}

func fromStored(all []stored) []device.Stored {
	var out []device.Stored
	for _, s := range all {
		out = append(out, device.Stored(s))
	}
	return out
}

func toLease(l rescue.Lease) *lease { return &lease{l.Holder, l.Since, l.Left.Milliseconds()} }

func (l *lease) rescue() rescue.Lease {
	if l == nil {
		return rescue.Lease{}
	}
	return rescue.Lease{Holder: l.Holder, Since: l.Since, Left: ms(l.LeftMS)}
}

func ms(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

func toProblem(err error) *problem {
	var refusal *device.Refusal
	var failure *device.Failure
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refusal):
		return &problem{Kind: "refusal", Code: refusal.Code, Detail: refusal.Detail}
	case errors.As(err, &failure):
		return &problem{Kind: "failure", Status: toStatus(failure.Status), Detail: failure.Detail}
	}
	return &problem{Kind: "unreachable", Detail: err.Error()}
}

func (p *problem) err() error {
	switch {
	case p == nil:
		return nil
	case p.Kind == "refusal":
		return &device.Refusal{Code: p.Code, Detail: p.Detail}
	case p.Kind == "failure":
		return &device.Failure{Status: p.Status.device(), Detail: p.Detail}
	}
	return fmt.Errorf("%w: %s", device.ErrUnreachable, p.Detail)
}
