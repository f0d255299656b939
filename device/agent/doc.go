// Package agent runs beside a router's daemon: it holds the dead man's switch that returns the router to the old
// configuration when nobody confirms the new one, and serves it to a controller, an observer or a rescue over mutual TLS.
package agent
