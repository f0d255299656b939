//go:build !linux

package lab

import "errors"

func setns(uintptr) error { return errors.New("a lab needs Linux network namespaces") }
