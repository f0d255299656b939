package report

import (
	"encoding/json"
	"io"

	"github.com/routegate/routegate/gate"
)

// verdictJSON is the document itself.
func verdictJSON(w io.Writer, v *gate.Verdict, _ Options) error { return JSON(w, v) }

// JSON writes any document of the gate, indented, with characters as they are.
func JSON(w io.Writer, document any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(document)
}
