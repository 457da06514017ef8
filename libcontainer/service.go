package libcontainer

import (
	"errors"
	"fmt"

	"github.com/oci-rt/rt/libcontainer/helper"
)

// maxRequests is how often an init may ask for help. Each request of a
// configuration that can be met is met at once; more come from a rootfs that
// somebody changes all the time.
const maxRequests = 10000

// awaitAnswering is await that answers the init's requests meanwhile (see
// package helper) and takes its terminal.
func (s *starter) awaitAnswering() error {
	for range maxRequests {
		m, err := s.init.receiveMessage()
		if err != nil || m.Errno != 0 {
			return s.initFailed(m.reportOnly(), err)
		}
		switch {
		case len(m.files) == 0:
			return nil
		case m.hasValue:
			err = s.answer(m)
		default:
			err = s.takeTerminal(m)
		}
		if err != nil {
			return err
		}
	}
	return fmt.Errorf("the init process has asked for help %d times", maxRequests)
}

// answer does what the init asks for.
func (s *starter) answer(m message) error {
	defer helper.Close(m.files)
	if m.value >= uint64(len(s.layout.requests)) {
		return fmt.Errorf("the init process has made request %d of %d", m.value, len(s.layout.requests))
	}
	q := s.layout.requests[m.value]
	err := helper.Answer(s.init.sync, q, s.prog.Origin(q.Step), m.files)
	var failed *helper.StepError
	switch {
	case errors.As(err, &failed):
		return &StepError{Origin: failed.Origin, Step: q.Step, Errno: failed.Errno}
	case errors.Is(err, errSilent):
		return s.initFailed(s.init.receive())
	}
	return err
}
