// Package gate judges a change: it reads the network as it is and as it is
// proposed, computes what both would do, asks the policies, and ends in one
// Verdict document from which every report is drawn.
//
// It fails closed. What it cannot read is an error; what it cannot know (a line
// outside of the model that the change touches, a network that does not settle,
// a policy that does not evaluate, a time-out, a crash of its own) makes the
// verdict unknown, which blocks as deny does.
package gate
