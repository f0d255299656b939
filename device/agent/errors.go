package agent

import (
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/routegate/routegate/device"
	"github.com/routegate/routegate/device/agent/agentpb"
)

// toWire gives an agent's answer the form that answerError reads.
func toWire(err error) error {
	var refusal *device.Refusal
	var failure *device.Failure
	var st *status.Status
	var derr error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refusal):
		code := codes.FailedPrecondition
		if refusal.Code == device.RefusedRole {
			code = codes.PermissionDenied
		}
		st, derr = status.New(code, refusal.Detail).WithDetails(&agentpb.Refusal{Code: string(refusal.Code), Detail: refusal.Detail})
	case errors.As(err, &failure):
		st, derr = status.New(codes.Aborted, failure.Detail).WithDetails(&agentpb.Failure{Status: statusToWire(failure.Status), Detail: failure.Detail})
	default:
		st = status.FromContextError(err)
	}
	if derr != nil {
		return derr
	}
	return st.Err()
}

// fromWire reads what came back from a call.
func fromWire(err error) error {
	if err == nil {
		return nil
	}
	st, ok := status.FromError(err)
	if !ok {
		return err
	}
	for _, d := range st.Details() {
		switch d := d.(type) {
		case *agentpb.Refusal:
			return &device.Refusal{Code: device.RefusalCode(d.GetCode()), Detail: d.GetDetail()}
		case *agentpb.Failure:
			return &device.Failure{Status: statusFromWire(d.GetStatus()), Detail: d.GetDetail()}
		}
	}
	return fmt.Errorf("%w: %s", device.ErrUnreachable, st.Message())
}
