package config

import (
	"context"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/routegate/routegate/network"
)

type docRPKI struct {
	VRPs string `mapstructure:"vrps"`
}

// maxVRPs bounds the file of VRPs: the world's half a million take some 50 MB.
const maxVRPs = 512 << 20

// rpki reads the file of VRPs that routegate.yaml names.
func (r *reader) rpki(ctx context.Context, src source) network.RPKI {
	if _, ok := r.keys.at["rpki"]; !ok {
		return network.RPKI{}
	}
	out := network.RPKI{Span: r.span("rpki")}
	if r.doc.RPKI.VRPs == "" {
		r.fail("rpki", "as in rpki: {vrps: rpki/vrps.json}", "no file of VRPs is named")
		return out
	}
	file, text, ok := r.file(ctx, src, "rpki.vrps", r.doc.RPKI.VRPs, maxVRPs)
	if !ok {
		return out
	}
	v, err := parseVRPs(ctx, file, text)
	if err != nil {
		r.errs = append(r.errs, wrap(file, err))
		return out
	}
	out.VRPs = v
	if r.base != nil && sameVRPs(v, r.base.Network.Env.RPKI.VRPs) {
		out.VRPs = r.base.Network.Env.RPKI.VRPs // half a million are not compared twice
	}
	return out
}

// file reads a file of the snapshot that a value of routegate.yaml names, of at most limit bytes.
func (r *reader) file(ctx context.Context, src source, at, named string, limit int64) (file string, text []byte, ok bool) {
	file = path.Clean(named)
	if path.IsAbs(file) || file == ".." || strings.HasPrefix(file, "../") {
		r.fail(at, "the path is relative to the snapshot", "%s leaves the snapshot", named)
		return file, nil, false
	}
	text, err := readBounded(ctx, src, file, limit)
	if err != nil {
		e := wrap(file, err)
		r.fail(at, e.Hint, "%s: %s", file, e.Msg)
		return file, nil, false
	}
	return file, text, true
}

func sameVRPs(a, b *network.VRPs) bool {
	return b != nil && a.File == b.File && a.Generated.Equal(b.Generated) && slices.Equal(a.List, b.List)
}

func readBounded(ctx context.Context, src source, file string, limit int64) ([]byte, error) {
	in, err := src.open(ctx, file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = &Error{Path: file, Msg: fmt.Sprintf("larger than %d MiB", limit>>20)}
	}
	return text, err
}
