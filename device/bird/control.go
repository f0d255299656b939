package bird

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// errSilent is wrapped where BIRD did not answer before the context ended: what it runs is not known.
var errSilent = errors.New("BIRD does not answer")

// line is one line of an answer, with its code. Codes from 8000 on are errors.
type line struct {
	code int
	text string
}

// refusal is an answer that is an error, as BIRD words it.
type refusal struct{ text string }

func (r *refusal) Error() string { return r.text }

// ask puts one command to BIRD over its control socket, on a connection of its own.
func ask(ctx context.Context, socket, command string) ([]line, error) {
	silent := func(err error) error {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return fmt.Errorf("%s: %w: %w", command, errSilent, err)
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, silent(err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	in := bufio.NewReader(conn)
	if _, err := answer(in); err != nil { // the greeting
		return nil, silent(err)
	}
	if _, err := fmt.Fprintln(conn, command); err != nil {
		return nil, silent(err)
	}
	all, err := answer(in)
	var no *refusal
	switch {
	case errors.As(err, &no):
		return all, fmt.Errorf("BIRD refuses: %w", err)
	case err != nil:
		return all, silent(err)
	}
	return all, nil
}

// answer reads lines of a four-digit code, "-" where more follow and " " at the end, and text; a line that begins with a
// blank continues the code before it.
func answer(in *bufio.Reader) (all []line, err error) {
	code := 0
	for {
		text, err := in.ReadString('\n')
		if err != nil {
			return all, err
		}
		text = strings.TrimSuffix(text, "\n")
		if strings.HasPrefix(text, " ") || strings.HasPrefix(text, "+") {
			all = append(all, line{code, text[1:]})
			continue
		}
		if len(text) < 5 {
			return all, fmt.Errorf("an answer that is none: %q", text)
		}
		if code, err = strconv.Atoi(text[:4]); err != nil {
			return all, fmt.Errorf("an answer that is none: %q", text)
		}
		all = append(all, line{code, text[5:]})
		if code >= 8000 {
			return all, &refusal{text[5:]}
		}
		if text[4] == ' ' {
			return all, nil
		}
	}
}

// status is what `show status` tells.
type status struct {
	routerID     string
	reboot       string // when BIRD started
	reconfigured string // when it read the configuration that it runs: an undo brings the old time back
	up           bool   // false while it shuts down or reconfigures
}

func askStatus(ctx context.Context, socket string) (s status, err error) {
	all, err := ask(ctx, socket, "show status")
	if err != nil {
		return s, err
	}
	for _, l := range all {
		switch {
		case strings.HasPrefix(l.text, "Router ID is "):
			s.routerID = strings.TrimPrefix(l.text, "Router ID is ")
		case strings.HasPrefix(l.text, "Last reboot on "):
			s.reboot = strings.TrimPrefix(l.text, "Last reboot on ")
		case strings.HasPrefix(l.text, "Last reconfiguration on "):
			s.reconfigured = strings.TrimPrefix(l.text, "Last reconfiguration on ")
		case strings.HasPrefix(l.text, "Daemon is up and running"):
			s.up = true
		}
	}
	if s.reboot == "" || s.reconfigured == "" {
		return s, fmt.Errorf("show status tells neither when BIRD started nor when it was configured: %v", all)
	}
	return s, nil
}

// read gives the time that BIRD prints, in its local zone; false where `timeformat base` has another form.
func (s status) read() (time.Time, bool) {
	return readTime(s.reconfigured)
}

func readTime(text string) (time.Time, bool) {
	t, err := time.ParseInLocation("2006-01-02 15:04:05", text, time.Local) // takes a fraction, too
	return t, err == nil
}

// slew is by how much two answers may differ that mean one moment: BIRD keeps moments by the monotonic clock and prints them by the
// wall clock of the time when it is asked, so that they move where that one is slewed: all by the same.
const slew = 5 * time.Millisecond

// sameTime compares two moments as BIRD prints them. What cannot be read as a time is the same only where it is written the same.
func sameTime(a, b string) bool {
	if a == b {
		return true
	}
	x, ok := readTime(a)
	y, also := readTime(b)
	return ok && also && x.Sub(y).Abs() <= slew
}

// same reports that BIRD was neither started nor configured between two answers: its last reading may have moved as far as its start has,
// but for what rounding makes of milliseconds: one of the two may be printed another where the other is not. Nobody has BIRD read a file twice in one
// millisecond.
func (s status) same(o status) bool {
	if !sameTime(s.reboot, o.reboot) {
		return false
	}
	if s.reconfigured == o.reconfigured {
		return true
	}
	start, ok := readTime(s.reboot)
	was, also := readTime(o.reboot)
	read, and := readTime(s.reconfigured)
	old, too := readTime(o.reconfigured)
	return ok && also && and && too && (read.Sub(old)-start.Sub(was)).Abs() <= time.Millisecond
}
