package network

import "fmt"

// Span is a range of lines in one file of a snapshot. The zero Span means that
// nothing in the configuration says so: the value is the daemon's default.
type Span struct {
	File  string // path inside the snapshot, with forward slashes: devices/leaf1/frr.conf
	First int32  // first line, counted from 1; 0 when only the file is known
	Last  int32  // last line, inclusive; equal to First for a single line
}

// At is the Span of a single line.
func At(file string, line int) Span {
	return Span{File: file, First: int32(line), Last: int32(line)}
}

// IsZero reports whether the span names no file.
func (s Span) IsZero() bool { return s.File == "" }

// String renders "file:12", "file:12-19", "file", or "default" for the zero Span.
func (s Span) String() string {
	switch {
	case s.File == "":
		return "default"
	case s.First == 0:
		return s.File
	case s.Last <= s.First:
		return fmt.Sprintf("%s:%d", s.File, s.First)
	}
	return fmt.Sprintf("%s:%d-%d", s.File, s.First, s.Last)
}

// Join is the smallest span that covers both; a zero span or one of another file
// adds nothing.
func (s Span) Join(t Span) Span {
	if s.File == "" {
		return t
	}
	if t.File != s.File || t.First == 0 {
		return s
	}
	if s.First == 0 || t.First < s.First {
		s.First = t.First
	}
	if t.Last > s.Last {
		s.Last = t.Last
	}
	return s
}

// Marks says which lines set which fields of an object, where one object is made
// by many lines (a neighbor, a BGP instance). Field is the Go field's name, or a
// dotted path below the object ("Families.IPv4Unicast.MaximumPrefix"). Sorted by
// nothing: in the order of the configuration; the last mark of a field counts.
type Marks []Mark

// Mark ties one field to the lines that set it.
type Mark struct {
	Field string
	Span  Span
}

// Set appends a mark.
func (m *Marks) Set(field string, s Span) { *m = append(*m, Mark{field, s}) }

// Find gives the span of the last mark of the field, or of the nearest enclosing
// path that has one ("A.B.C", then "A.B", then "A"); ok is false when there is none.
func (m Marks) Find(field string) (s Span, ok bool) {
	for {
		for i := len(m) - 1; i >= 0; i-- {
			if m[i].Field == field {
				return m[i].Span, true
			}
		}
		cut := -1
		for i := len(field) - 1; i >= 0; i-- {
			if field[i] == '.' {
				cut = i
				break
			}
		}
		if cut < 0 {
			return Span{}, false
		}
		field = field[:cut]
	}
}
