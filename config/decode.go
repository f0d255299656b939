package config

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"
)

// decodeDocument has viper read a YAML text into out, a pointer to a document's type, strictly: unknown keys and
// values of another type are an *Error with their line. The keys know where each value stands.
func decodeDocument(path string, text []byte, out any) (*keyed, error) {
	keys := &keyed{path: path, schema: reflect.TypeOf(out).Elem()}
	codecs := viper.NewCodecRegistry()
	if err := codecs.RegisterCodec("yaml", keys); err != nil {
		return nil, err
	}
	// The delimiter never occurs in a key: interfaces and policies have dots in their names.
	v := viper.NewWithOptions(viper.KeyDelimiter("\x00"), viper.WithCodecRegistry(codecs))
	v.SetConfigType("yaml")
	if err := v.ReadConfig(bytes.NewReader(text)); err != nil {
		var e *Error
		if errors.As(err, &e) {
			return nil, e
		}
		return nil, &Error{Path: path, Msg: err.Error(), Err: err}
	}
	err := v.UnmarshalExact(out, func(c *mapstructure.DecoderConfig) {
		c.DecodeHook = mapstructure.DecodeHookFuncType(decodeValue)
		c.WeaklyTypedInput = false
	})
	if err == nil {
		return keys, nil
	}
	var all []*Error
	for _, d := range decodeErrors(err) {
		at := keys.at[d.Name()]
		msg, hint := d.Unwrap().Error(), ""
		var w *wantError
		var u *mapstructure.UnconvertibleTypeError
		var p *mapstructure.ParseError
		switch {
		case errors.As(d, &w):
			msg, hint = w.msg, w.hint
		case errors.As(d, &u):
			msg = fmt.Sprintf("want %s, not %v", typeName(u.Expected.Type()), at.text)
		case errors.As(d, &p):
			msg = fmt.Sprintf("want %s, not %v", typeName(p.Expected.Type()), at.text)
		}
		all = append(all, &Error{Path: path, Line: at.line, Column: at.column, Msg: keys.plain(d.Name()) + ": " + msg, Hint: hint, Err: d})
	}
	if len(all) == 0 {
		return nil, &Error{Path: path, Msg: err.Error(), Err: err}
	}
	return nil, first(all)
}

// decodeErrors lists the innermost decode errors, in whatever way they are joined.
func decodeErrors(err error) []*mapstructure.DecodeError {
	switch e := err.(type) {
	case *mapstructure.DecodeError:
		if inner := decodeErrors(e.Unwrap()); len(inner) > 0 {
			return inner
		}
		return []*mapstructure.DecodeError{e}
	case interface{ Unwrap() []error }:
		var out []*mapstructure.DecodeError
		for _, x := range e.Unwrap() {
			out = append(out, decodeErrors(x)...)
		}
		return out
	case interface{ Unwrap() error }:
		return decodeErrors(e.Unwrap())
	}
	return nil
}
