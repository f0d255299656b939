package lab

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
)

// amongVRFs makes a command of a router see its own VRFs, and no others, under their names in /run/netns: zebra's
// namespace backend (-n) takes every namespace that it finds there for a VRF, and the lab has those of all routers.
func (l *Lab) amongVRFs(n *Node, command []string) []string {
	if len(n.spaces()) == 1 {
		return command
	}
	view := filepath.Join(l.folder(l.prefix+n.Name), "netns")
	var script strings.Builder
	fmt.Fprintf(&script, "set -e; mkdir -p '%s'; ", view)
	for _, v := range n.Router.VRFs[1:] {
		name := filepath.Join(view, v.Name)
		fmt.Fprintf(&script, "touch '%s'; mount --bind '/run/netns/%s' '%s'; ", name, l.prefix+n.Space(v.Name), name)
	}
	fmt.Fprintf(&script, `mount --rbind '%s' /run/netns; exec "$@"`, view)
	if filepath.Base(command[0]) == "zebra" {
		command = append(command, "-n")
	}
	return append([]string{"unshare", "-m", "sh", "-c", script.String(), "sh"}, command...)
}

// namespaceLine is how an FRR configuration says which namespace a VRF is.
var namespaceLine = regexp.MustCompile(`(?m)^[ \t]+(no )?netns [^\n]*\n`)

// withoutNamespaces leaves those lines out: in a lab a VRF's namespace has the VRF's name.
func withoutNamespaces(text []byte) []byte { return namespaceLine.ReplaceAll(text, nil) }
