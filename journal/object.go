package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

// Put stores bytes that lines refer to, and returns their SHA-256 in hexadecimal digits; they are on the disk when it
// returns. Only the owner of the folder can read them: configurations hold passwords.
func (j *Journal) Put(data []byte) (string, error) {
	hash := hashOf(data)
	name := filepath.Join(j.dir, objects, hash)
	if old, err := os.ReadFile(name); err == nil && hashOf(old) == hash {
		return hash, nil
	}
	return hash, writeSynced(name, data)
}

var object = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Object reads what Put stored. An object that is not what its name says is an error.
func Object(dir, hash string) ([]byte, error) {
	if !object.MatchString(hash) {
		return nil, fmt.Errorf("journal: %q names no object", hash)
	}
	data, err := os.ReadFile(filepath.Join(dir, objects, hash))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("journal: object %.12s is missing", hash)
	case err != nil:
		return nil, fmt.Errorf("journal: %w", err)
	case hashOf(data) != hash:
		return nil, fmt.Errorf("journal: object %.12s was altered", hash)
	}
	return data, nil
}

// Name is what Put calls some bytes.
func Name(data []byte) string { return hashOf(data) }
