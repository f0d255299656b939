package config

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
)

// gitSource reads a tree of a git revision with `git ls-tree` and `git cat-file`.
// Not with `git archive`: that leaves out files marked export-ignore and rewrites
// others (export-subst, line ends), so that the gate would judge other bytes than
// those that are in the revision.
type gitSource struct {
	where string
	tree  string            // object id of the snapshot's tree
	text  map[string][]byte // path to bytes: all are read at once
}

func newGitSource(ctx context.Context, where, spec string) (source, error) {
	ref, sub, explicit := strings.Cut(spec, ":")
	if ref == "" || strings.HasPrefix(ref, "-") {
		return nil, &Error{Path: where, Msg: "no git revision is named", Hint: "write git:REF or git:REF:FOLDER, as in git:main:networks/ams"}
	}
	if _, err := exec.LookPath("git"); err != nil {
		return nil, &Error{Path: where, Msg: "git is not installed", Hint: "install git, or name a folder", Err: err}
	}
	prefix, err := git(ctx, nil, "rev-parse", "--show-prefix")
	if err != nil {
		return nil, &Error{Path: where, Msg: "the current directory is not in a git repository", Hint: firstLine(err.Error()), Err: err}
	}
	commit, err := git(ctx, nil, "rev-parse", "--verify", "--quiet", "--end-of-options", ref+"^{commit}")
	if err != nil {
		return nil, &Error{Path: where, Msg: fmt.Sprintf("the repository has no revision %q", ref),
			Hint: "`git branch -a` and `git tag` list what there is; a shallow clone must be fetched deeper", Err: err}
	}
	// Without a folder the snapshot is the current directory's place in that revision.
	if !explicit || strings.HasPrefix(sub, "./") || sub == "." {
		sub = path.Join(strings.TrimSpace(string(prefix)), sub)
	}
	sub = strings.Trim(path.Clean("/"+sub), "/")
	id := strings.TrimSpace(string(commit))
	tree, err := git(ctx, nil, "rev-parse", "--verify", "--quiet", "--end-of-options", id+":"+sub)
	if err == nil {
		var kind []byte
		if kind, err = git(ctx, nil, "cat-file", "-t", strings.TrimSpace(string(tree))); err == nil && strings.TrimSpace(string(kind)) != "tree" {
			err = errors.New("not a folder")
		}
	}
	if err != nil {
		return nil, &Error{Path: where, Msg: fmt.Sprintf("revision %s has no folder %q", ref, sub), Err: err}
	}
	return &gitSource{where: where, tree: strings.TrimSpace(string(tree))}, nil
}

// git runs one git command and gives its standard output.
func git(ctx context.Context, in []byte, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Stdin = bytes.NewReader(in)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if s := strings.TrimSpace(errOut.String()); s != "" {
			return nil, errors.New(s)
		}
		return nil, fmt.Errorf("git %s: %w", args[0], err)
	}
	return out.Bytes(), nil
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return strings.TrimSpace(s)
}

type gitEntry struct {
	mode, id string
	size     int64
}

func (s *gitSource) list(ctx context.Context) ([]string, error) {
	args := append([]string{"ls-tree", "-r", "-z", "-l", "--full-tree", s.tree, "--", "devices", "policies"}, topFiles...)
	out, err := git(ctx, nil, args...)
	if err != nil {
		return nil, &Error{Path: s.where, Msg: "the revision's files cannot be listed: " + firstLine(err.Error()), Err: err}
	}
	entries := map[string]gitEntry{}
	for _, rec := range strings.Split(string(out), "\x00") {
		meta, p, ok := strings.Cut(rec, "\t")
		f := strings.Fields(meta)
		if !ok || len(f) != 4 || hiddenPath(p) {
			continue
		}
		size, _ := strconv.ParseInt(f[3], 10, 64)
		if f[0] == "160000" {
			return nil, &Error{Path: p, Msg: "a submodule is not read", Hint: "put the files themselves into the repository"}
		}
		if size > maxFile {
			return nil, tooLarge(p)
		}
		entries[p] = gitEntry{f[0], f[2], size}
	}
	if err := s.fetch(ctx, entries); err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(entries)), nil
}

// fetch reads all blobs through one `git cat-file --batch` and follows symbolic links that
// point to other files of the list.
func (s *gitSource) fetch(ctx context.Context, entries map[string]gitEntry) error {
	byID := map[string][]byte{}
	var order []string
	var in bytes.Buffer
	paths := slices.Sorted(maps.Keys(entries))
	for _, p := range paths {
		e := entries[p]
		if _, ok := byID[e.id]; !ok {
			byID[e.id] = nil
			order = append(order, e.id)
			fmt.Fprintln(&in, e.id)
		}
	}
	out, err := git(ctx, in.Bytes(), "cat-file", "--batch")
	if err != nil {
		return &Error{Path: s.where, Msg: "the revision's files cannot be read: " + firstLine(err.Error()), Err: err}
	}
	r := bufio.NewReader(bytes.NewReader(out))
	for _, id := range order {
		head, err := r.ReadString('\n')
		f := strings.Fields(head)
		if err != nil || len(f) != 3 || f[0] != id {
			return &Error{Path: s.where, Msg: fmt.Sprintf("git does not have the object %s", id), Hint: "a partial clone must be fetched first"}
		}
		n, _ := strconv.Atoi(f[2])
		b := make([]byte, n)
		if _, err := io.ReadFull(r, b); err != nil {
			return &Error{Path: s.where, Msg: "git cat-file ended early", Err: err}
		}
		r.Discard(1)
		byID[id] = b
	}
	s.text = map[string][]byte{}
	for _, p := range paths {
		to, at := entries[p], p
		for hops := 0; to.mode == "120000"; hops++ {
			target := path.Join(path.Dir(at), string(byID[to.id]))
			next, ok := entries[target]
			if path.IsAbs(string(byID[to.id])) || target == ".." || strings.HasPrefix(target, "../") {
				return &Error{Path: p, Msg: "symbolic link leaves the snapshot", Hint: "put the file itself into the snapshot"}
			}
			if !ok || hops > 16 {
				return &Error{Path: p, Msg: "symbolic link does not lead to a file of the snapshot", Hint: "in a git revision only links to single files are followed"}
			}
			to, at = next, target
		}
		s.text[p] = byID[to.id]
	}
	return nil
}

func (s *gitSource) read(_ context.Context, p string) ([]byte, error) {
	b, ok := s.text[p]
	if !ok {
		return nil, &Error{Path: p, Msg: "no such file"}
	}
	return b, nil
}

// open streams a blob; Close waits for git to end.
func (s *gitSource) open(ctx context.Context, p string) (io.ReadCloser, error) {
	if p == ".." || strings.HasPrefix(p, "../") || path.IsAbs(p) {
		return nil, &Error{Path: p, Msg: "the path leaves the snapshot"}
	}
	if _, err := git(ctx, nil, "cat-file", "-e", s.tree+":"+p); err != nil {
		return nil, &Error{Path: p, Msg: "no such file in " + s.where, Err: err}
	}
	cmd := exec.CommandContext(ctx, "git", "cat-file", "blob", s.tree+":"+p)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, &Error{Path: p, Msg: "cannot be read: " + err.Error(), Err: err}
	}
	return &gitStream{out, cmd}, nil
}

type gitStream struct {
	io.ReadCloser
	cmd *exec.Cmd
}

func (g *gitStream) Close() error {
	g.ReadCloser.Close()
	// A reader that stops early breaks git's pipe; what was read decides, not git's exit code.
	g.cmd.Wait()
	return nil
}
