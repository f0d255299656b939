package embedded

import (
	"errors"
	"fmt"
	"sync"

	"github.com/osrg/gobgp/v3/pkg/log"
)

// quiet is a logger for servers inside a process: it prints nothing, and where GoBGP would end the process over a
// configuration that it cannot use, it keeps the error.
type quiet struct {
	mu  sync.Mutex
	err error
}

var _ log.Logger = (*quiet)(nil)

func (q *quiet) Panic(msg string, fields log.Fields) { q.keep(msg, fields) }
func (q *quiet) Fatal(msg string, fields log.Fields) { q.keep(msg, fields) }
func (*quiet) Error(string, log.Fields)              {}
func (*quiet) Warn(string, log.Fields)               {}
func (*quiet) Info(string, log.Fields)               {}
func (*quiet) Debug(string, log.Fields)              {}
func (*quiet) SetLevel(log.LogLevel)                 {}
func (*quiet) GetLevel() log.LogLevel                { return log.ErrorLevel }

func (q *quiet) keep(msg string, fields log.Fields) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err == nil {
		q.err = errors.New(fmt.Sprint("gobgpd: ", msg, " ", fields))
	}
}

// failed is the first error that would have ended the process.
func (q *quiet) failed() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.err
}
