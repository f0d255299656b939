// Package stdio is a router as the rescue sees it (rescue.Reached) over a pair of streams: the standard input and output
// of a command that SSH starts on the router, or a serial console at whose shell it was typed.
//
// Each side writes lines. A line of the protocol is a mark, the CRC-32 of what follows, and one JSON object in plain ASCII,
// so that it passes a terminal: what is echoed, a login's greeting or a kernel's message is no line of the protocol and is
// passed over, and one that such noise ran into is asked for again. Every call may be repeated, so nothing is lost by it.
//
// The server speaks first: which router it is and which version. While it works on a call it says so every two seconds;
// who hears nothing for longer than Silence takes the connection for dead. A server whose client is gone ends what it has
// begun: a restore is never left half-way, and who calls again is told how it stands.
package stdio
