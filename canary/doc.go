// Package canary lets an allowed change out one wave of routers at a time, watches each wave, and confirms it or takes
// the whole change back.
//
// Machine is the rollout as a pure state machine: events in, actions out, no clock and no I/O. Driver is what stands
// around it: it writes each event and the actions that follow to the journal, then does them and reports how they went.
// A machine is rebuilt from the journal's events, which is how a rollout outlives its controller.
//
// The package speaks to routers through device.Agent and knows neither dialects nor daemons; what is to be expected of
// them is asked of a Predictor, what is seen of Signals.
package canary
