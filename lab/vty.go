package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"time"
)

// vtyLimit bounds one answer of a daemon: one that computes for longer than this is not
// standing still in any case.
const vtyLimit = 30 * time.Second

// ask puts commands to one FRR daemon of a namespace over its own socket, and returns the answers
// one after the other. It speaks as vtysh does, without starting it: a lab asks each router several
// times a second, and vtysh builds its whole command tree each time.
func (l *Lab) ask(ctx context.Context, ns, daemon string, commands ...string) ([]byte, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", filepath.Join(l.folder(ns), daemon+".vty"))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", daemon, err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(vtyLimit)); err != nil {
		return nil, fmt.Errorf("%s: %w", daemon, err)
	}
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	var all []byte
	for _, c := range append([]string{"enable"}, commands...) {
		answer, err := askOne(conn, c)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", daemon, c, err)
		}
		all = append(all, answer...)
	}
	return all, nil
}

// askOne sends one command, which a zero byte ends; three zero bytes and the command's result
// end the answer.
func askOne(conn net.Conn, command string) ([]byte, error) {
	if _, err := conn.Write(append([]byte(command), 0)); err != nil {
		return nil, err
	}
	var answer []byte
	buffer := make([]byte, 64<<10)
	for {
		n, err := conn.Read(buffer)
		answer = append(answer, buffer[:n]...)
		if end := len(answer) - 4; end >= 0 && bytes.Equal(answer[end:end+3], []byte{0, 0, 0}) {
			if result := answer[end+3]; result != 0 {
				return nil, fmt.Errorf("refused (%d): %s", result, strings.TrimSpace(string(answer[:end])))
			}
			return answer[:end], nil
		}
		if err != nil {
			return nil, errors.Join(errors.New("the answer has no end"), err)
		}
	}
}
