package policies

import (
	"context"
	"testing"
)

func BenchmarkParse(b *testing.B) {
	l, err := library()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for _, m := range l.texts {
			if _, err := parseModule(m); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	l, _ := library()
	for b.Loop() {
		if _, err := compileModules(l, &userModules{}, l.policies); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := New(context.Background(), Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
