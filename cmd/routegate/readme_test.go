package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestREADME: what the README shows of the program is what it prints, from the repository's folder and in one go. -update writes it anew.
func TestREADME(t *testing.T) {
	name, err := filepath.Abs("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	was, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir("../..")
	code, ran := exitSafe, 0
	is := shown(string(was), func(command string) string {
		words := strings.Fields(command)
		switch words[0] {
		case "cd":
			t.Chdir(words[1])
			return ""
		case "echo":
			return strconv.Itoa(code) + "\n"
		case "routegate":
			var out, said bytes.Buffer
			code = run(t.Context(), words[1:], &out, &said)
			ran++
			return out.String()
		}
		t.Fatalf("$ %s: expected cd, echo $? or routegate", command)
		return ""
	})
	if ran == 0 {
		t.Fatal("the README shows no run")
	}
	if *update {
		if err := os.WriteFile(name, []byte(is), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(strings.Split(string(was), "\n"), strings.Split(is, "\n")); d != "" {
		t.Errorf("the README shows (-) what is not printed (+); go test ./cmd/routegate -run README -update writes it anew:\n%s", d)
	}
}

// shown is a text with what its commands print: they stand behind "$ " in an indented block.
func shown(text string, print func(command string) string) string {
	const indent = "    "
	var out strings.Builder
	for lines := strings.SplitAfter(text, "\n"); len(lines) > 0; {
		command, ok := strings.CutPrefix(lines[0], indent+"$ ")
		out.WriteString(lines[0])
		lines = lines[1:]
		if !ok {
			continue
		}
		printed := 0
		for i, l := range lines {
			if strings.HasPrefix(l, indent+"$ ") || l != "\n" && !strings.HasPrefix(l, indent) {
				break
			}
			if l != "\n" {
				printed = i + 1
			}
		}
		lines = lines[printed:]
		for l := range strings.Lines(print(strings.TrimSpace(command))) {
			out.WriteString(strings.TrimRight(indent+l, " \n") + "\n")
		}
	}
	return out.String()
}
