package config

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/routegate/routegate/network"
)

// vrpReader reads the JSON that relying parties export: Routinator's (`--format json`: asn "AS64500", metadata.generated
// in seconds, or generatedTime) and rpki-client's (asn 64500, metadata.buildtime, expires). Keys beside metadata and roas
// hold other payloads (router keys, ASPAs) and are left out; within a VRP only known keys are accepted, since a misspelled
// maxLength would change what is valid.
type vrpReader struct {
	file    string
	text    []byte
	json    *json.Decoder
	counted int64 // octets whose lines are counted
	line    int   // of the octet at counted
	anchors map[string]string
}

// parseVRPs gives the VRPs sorted and each once, of several lines the first. Errors are *Error with the line.
func parseVRPs(ctx context.Context, file string, text []byte) (*network.VRPs, error) {
	r := &vrpReader{file: file, text: text, json: json.NewDecoder(bytes.NewReader(text)), line: 1, anchors: map[string]string{}}
	r.json.UseNumber()
	v, err := r.document(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(v.List, func(a, b network.VRP) int {
		return cmp.Or(comparePrefix(a.Prefix, b.Prefix), cmp.Compare(a.MaxLength, b.MaxLength), cmp.Compare(a.AS, b.AS))
	})
	v.List = slices.CompactFunc(v.List, func(a, b network.VRP) bool {
		return a.Prefix == b.Prefix && a.MaxLength == b.MaxLength && a.AS == b.AS
	})
	return v, nil
}

// at is the line that the decoder has come to.
func (r *vrpReader) at() int {
	now := min(r.json.InputOffset(), int64(len(r.text)))
	r.line += bytes.Count(r.text[r.counted:now], []byte{'\n'})
	r.counted = now
	return r.line
}

func (r *vrpReader) fail(line int, hint, format string, args ...any) error {
	return &Error{Path: r.file, Line: line, Msg: fmt.Sprintf(format, args...), Hint: hint}
}

const vrpHint = "`routinator vrps --format json`, or rpki-client's json"

// token is the next token; an error says where the text is not JSON.
func (r *vrpReader) token() (json.Token, error) {
	t, err := r.json.Token()
	if err == nil {
		return t, nil
	}
	return nil, r.broken(err)
}

func (r *vrpReader) broken(err error) error {
	line := r.at()
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		line = 1 + bytes.Count(r.text[:min(syntax.Offset, int64(len(r.text)))], []byte{'\n'})
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return r.fail(line, "was it written to the end?", "the file ends too early")
	}
	return r.fail(line, vrpHint, "not JSON: %s", strings.TrimPrefix(err.Error(), "json: "))
}

// open reads one delimiter.
func (r *vrpReader) open(want json.Delim, what string) error {
	t, err := r.token()
	if err != nil {
		return err
	}
	if t != want {
		return r.fail(r.at(), vrpHint, "want %s", what)
	}
	return nil
}

func (r *vrpReader) document(ctx context.Context) (*network.VRPs, error) {
	v := &network.VRPs{File: r.file}
	if err := r.open('{', "an object with metadata and roas"); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for r.json.More() {
		t, err := r.token()
		if err != nil {
			return nil, err
		}
		key, line := t.(string), r.at()
		if seen[key] {
			return nil, r.fail(line, "", "%s stands twice", key)
		}
		seen[key] = true
		switch key {
		case "metadata":
			v.Generated, err = r.metadata(line)
		case "roas":
			v.List, err = r.roas(ctx)
		default:
			var other json.RawMessage
			if err = r.json.Decode(&other); err != nil {
				err = r.broken(err)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	if _, err := r.token(); err != nil {
		return nil, err
	}
	if _, err := r.json.Token(); !errors.Is(err, io.EOF) {
		return nil, r.fail(r.at(), "", "something follows the end of the document")
	}
	for _, key := range []string{"metadata", "roas"} {
		if !seen[key] {
			return nil, r.fail(1, vrpHint, "there is no %s", key)
		}
	}
	return v, nil
}

// metadata gives the time at which the file was written.
func (r *vrpReader) metadata(line int) (time.Time, error) {
	var m struct {
		Generated     *json.Number `json:"generated"`
		GeneratedTime string       `json:"generatedTime"`
		Buildtime     string       `json:"buildtime"`
	}
	if err := r.json.Decode(&m); err != nil {
		return time.Time{}, r.broken(err)
	}
	if m.Generated != nil {
		n, err := strconv.ParseInt(m.Generated.String(), 10, 64)
		if err != nil || n <= 0 || n > 1<<40 {
			return time.Time{}, r.fail(line, "seconds since 1970", "metadata.generated: %s is not a time", m.Generated)
		}
		return time.Unix(n, 0).UTC(), nil
	}
	text := cmp.Or(m.GeneratedTime, m.Buildtime)
	if text == "" {
		return time.Time{}, r.fail(line, "generated or generatedTime (Routinator), buildtime (rpki-client)", "metadata does not say when the file was written")
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, r.fail(line, "as in 2026-01-31T12:00:00Z", "metadata: %q is not a time", text)
	}
	return t.UTC(), nil
}

func (r *vrpReader) roas(ctx context.Context) ([]network.VRP, error) {
	if err := r.open('[', "a list of VRPs"); err != nil {
		return nil, err
	}
	var out []network.VRP
	for r.json.More() {
		if len(out)%4096 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		v, err := r.vrp()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	_, err := r.token()
	return out, err
}

var vrpKeys = []string{"asn", "expires", "maxLength", "prefix", "source", "ta"}

// vrp reads {"asn": "AS64500", "prefix": "203.0.113.0/24", "maxLength": 24, "ta": "ripe"}.
func (r *vrpReader) vrp() (v network.VRP, err error) {
	if err := r.open('{', "a VRP: asn, prefix, maxLength, ta"); err != nil {
		return v, err
	}
	v.Line = int32(r.at())
	values, lines := map[string]json.Token{}, map[string]int{}
	for r.json.More() {
		t, err := r.token()
		if err != nil {
			return v, err
		}
		key := t.(string)
		lines[key] = r.at()
		if _, twice := values[key]; twice {
			return v, r.fail(lines[key], "", "%s stands twice", key)
		}
		switch {
		case !slices.Contains(vrpKeys, key):
			return v, r.fail(lines[key], suggest(key, vrpKeys), "unknown key %s in a VRP", key)
		case key == "source": // of Routinator's jsonext: where the object was found
			var where json.RawMessage
			if err := r.json.Decode(&where); err != nil {
				return v, r.broken(err)
			}
			values[key] = nil
			continue
		}
		if values[key], err = r.token(); err != nil {
			return v, err
		}
	}
	if _, err := r.token(); err != nil {
		return v, err
	}
	for _, key := range []string{"asn", "prefix"} {
		if _, ok := values[key]; !ok {
			return v, r.fail(int(v.Line), "", "a VRP without %s", key)
		}
	}
	return v, r.fill(&v, values, lines)
}

// fill checks the values of one VRP.
func (r *vrpReader) fill(v *network.VRP, values map[string]json.Token, lines map[string]int) error {
	as, err := vrpAS(values["asn"])
	if err != nil {
		return r.fail(lines["asn"], "AS64500 or 64500", "%s", err)
	}
	text, _ := values["prefix"].(string)
	p, err := parsePrefix(text)
	if err != nil {
		w := err.(*wantError)
		return r.fail(lines["prefix"], w.hint, "%s", w.msg)
	}
	v.AS, v.Prefix, v.MaxLength = as, p, uint8(p.Bits())
	if x, ok := values["maxLength"]; ok { // without one it is the prefix's own length (RFC 9582 §4.3.2.1)
		n, isNumber := x.(json.Number)
		length, err := strconv.Atoi(n.String())
		if !isNumber || err != nil || length < p.Bits() || length > p.Addr().BitLen() {
			return r.fail(lines["maxLength"], fmt.Sprintf("a number from %d to %d", p.Bits(), p.Addr().BitLen()), "maxLength %v does not fit %s", x, p)
		}
		v.MaxLength = uint8(length)
	}
	if x, ok := values["ta"]; ok {
		name, isText := x.(string)
		if !isText {
			return r.fail(lines["ta"], "a trust anchor's name, as ripe", "ta: want text, not %v", x)
		}
		if _, known := r.anchors[name]; !known {
			r.anchors[name] = name
		}
		v.Anchor = r.anchors[name]
	}
	return nil
}

// vrpAS reads "AS64500" or 64500; 0 authorizes nobody.
func vrpAS(t json.Token) (uint32, error) {
	var text string
	switch x := t.(type) {
	case string:
		text = strings.TrimPrefix(strings.ToUpper(x), "AS")
	case json.Number:
		text = x.String()
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("asn: %v is not an AS number", t)
	}
	return uint32(n), nil
}
