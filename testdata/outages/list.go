package outages

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Exhibit is what the museum says of one outage.
type Exhibit struct {
	// Name is its folder.
	Name string `json:"name"`
	// Title is whose outage it was, and when.
	Title string `json:"title"`
	// Mechanism is what broke, in one line.
	Mechanism string `json:"mechanism"`
	// Dialects of its routers.
	Dialects string `json:"dialects"`
	// Happened tells the outage, a sentence or some at a time, with the grade of each fact: [P] from the operator, [E] excerpts of that, [S] others.
	Happened []string `json:"happened"`
}

// row is an exhibit's line in the museum's table.
var row = regexp.MustCompile(`(?m)^\| \[([a-z0-9-]+)\]\([^)]*\) \| (.*) \| (.*) \|$`)

// List are all exhibits, by name.
func List() ([]Exhibit, error) {
	table, err := Files.ReadFile("README.md")
	if err != nil {
		return nil, err
	}
	var out []Exhibit
	for _, m := range row.FindAllStringSubmatch(string(table), -1) {
		x := Exhibit{Name: m[1], Mechanism: m[2], Dialects: m[3]}
		text, err := Files.ReadFile(x.Name + "/README.md")
		if err != nil {
			return nil, fmt.Errorf("exhibit %s: %w", x.Name, err)
		}
		head, rest, _ := strings.Cut(string(text), "\n")
		x.Title = strings.TrimPrefix(head, "# ")
		if _, told, ok := strings.Cut(rest, "## What happened"); ok {
			rest = told
		}
		rest, _, _ = strings.Cut(rest, "\n## ")
		parts := strings.Split(rest, "\n- ")
		if len(parts) == 1 { // told in paragraphs
			parts = append(parts, strings.Split(rest, "\n\n")...)
		}
		for _, p := range parts[1:] {
			if p = strings.Join(strings.Fields(p), " "); p != "" {
				x.Happened = append(x.Happened, p)
			}
		}
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b Exhibit) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}
