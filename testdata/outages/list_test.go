package outages

import (
	"io/fs"
	"testing"
)

// TestList: every exhibit stands in the museum's table, with a title and what happened.
func TestList(t *testing.T) {
	all, err := List()
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, x := range all {
		said[x.Name] = true
		if x.Title == "" || x.Mechanism == "" || x.Dialects == "" || len(x.Happened) == 0 {
			t.Errorf("%+v", x)
		}
	}
	folders, err := fs.ReadDir(Files, ".")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range folders {
		if f.IsDir() {
			n++
			if !said[f.Name()] {
				t.Errorf("%s is not in the table of testdata/outages/README.md", f.Name())
			}
		}
	}
	if n != len(all) || n < 18 {
		t.Errorf("%d folders, %d in the table", n, len(all))
	}
}
