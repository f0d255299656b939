package canary

// DocumentPack is the rescue bundle that a confirmed rollout has made anew. What becomes of it has no say in how the rollout ended.
type DocumentPack struct {
	// planned (once the rollout is confirmed), packing, packed, partial (some routers did not answer and keep what the bundle from before
	// has of them), failed (the bundle is the one from before), skipped (the rollout was not confirmed).
	State string `json:"state"`
	// The plan that says what is packed: rescue.yaml.
	Plan string `json:"plan"`
	// The bundle's file; empty before it is written.
	Bundle string `json:"bundle"`
	// The bundle's number; 0 before it is made.
	Serial int `json:"serial"`
	// How many routers are in it.
	Routers int `json:"routers"`
	// How many configurations are in it.
	Configurations int `json:"configurations"`
	// Routers that did not answer, with the reason.
	Missing []string `json:"missing"`
	// Why no bundle was made; empty where one was.
	Problem string `json:"problem"`
	// What packs it by hand.
	Command string `json:"command"`
}

// The states of a DocumentPack.
const (
	PackPlanned = "planned"
	PackUnder   = "packing"
	PackDone    = "packed"
	PackPartial = "partial"
	PackFailed  = "failed"
	PackSkipped = "skipped"
)

// NewDocumentPack is the bundle that a plan makes, in a state. snapshot is where it takes addresses from; "": it says so itself.
func NewDocumentPack(plan, snapshot, state string) *DocumentPack {
	command := "routegate rescue pack --plan " + plan
	if snapshot != "" {
		command += " --snapshot " + snapshot
	}
	return &DocumentPack{State: state, Plan: plan, Missing: []string{}, Command: command}
}

// Good reports that there is nothing to do by hand; nil is good.
func (d *DocumentPack) Good() bool {
	return d == nil || d.State != PackFailed && d.State != PackPartial
}

// pack is what is known of it here: who packs says the rest.
func (m *Machine) pack() *DocumentPack {
	switch {
	case m.plan.Pack == "":
		return nil
	case m.phase == Ended && m.result != Completed:
		return NewDocumentPack(m.plan.Pack, m.plan.PackSnapshot, PackSkipped)
	}
	return NewDocumentPack(m.plan.Pack, m.plan.PackSnapshot, PackPlanned)
}
