package network

// Policy is a routing policy: an FRR route-map, a GoBGP policy definition. It is
// an ordered list of statements that read, change, accept or reject a route.
type Policy struct {
	Name       string
	Statements []Statement // in order of evaluation
	// Default is what happens to a route that no statement decides. FRR: Reject;
	// GoBGP: Next (the chain's default decides).
	Default Disposition
	// Program, where it is not nil, is what the policy does; there are no Statements then.
	Program *Program
	Span    Span
}

// Statement is one entry. A route is tested against every condition; where all
// hold, the actions are applied, then Call (if any) is evaluated on the result,
// and its rejection rejects; then Then says how it goes on. Where a condition
// fails, the next statement is tried.
type Statement struct {
	Name     string // as the daemon prints it: "10" in FRR, the statement's name in GoBGP
	Sequence int    // FRR's number; position otherwise
	Match    []Condition
	Set      []Action
	// Result is Accept for permit, Reject for deny; Next for a GoBGP statement without a disposition.
	// A rejecting statement applies no actions and calls nothing.
	Result Disposition
	Call   Ref
	// Continue goes on after a match of an accepting statement instead of ending (FRR on-match
	// next, continue, on-match goto N). Changes already made are kept, but the last statement
	// that is tested decides: where it does not match, the policy's Default applies (FRR 8.4.4,
	// tried); a jump beyond the end, or no statement left, accepts.
	Continue Continue
	Span     Span
}

// Continue is how an accepting statement hands on.
type Continue struct {
	Kind ContinueKind
	To   int // the sequence number, for ContinueTo: the first statement whose number is not less
}

// ContinueKind is whether evaluation ends with a matching statement.
type ContinueKind uint8

const (
	Stop ContinueKind = iota
	ContinueNext
	ContinueTo
)
