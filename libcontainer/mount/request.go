package mount

import (
	"github.com/oci-rt/rt/libcontainer/program"
	"golang.org/x/sys/unix"
)

// Request is a request for help with something that a program cannot do by
// itself: it has no loops over what it finds, and cannot put paths together. So
// it asks its creator, which answers with programs. They run in a child of the
// asking process, so they have the rights, the namespaces and the cgroup that
// the work should be done with.
//
// The asking process sends a report that it has reached a step, followed by the
// request's number as a 32-bit word. Two descriptors, [HelperFDs], come along
// (SCM_RIGHTS). The answer is one of
//
//	a byte 1, and the descriptor of an image: run it, and ask again;
//	a byte 0: go on.
//
// The image finds the socket at [program.FirstInput], and both descriptors
// behind it.
type Request struct {
	Kind RequestKind
	Path string // relative to the root
	Step int    // its origin says what the request is for

	// IDMap is the mapping for MapIDs, and Recursive whether mounts below get it
	// too.
	IDMap     *IDMap
	Recursive bool
}

// RequestKind says what to do.
type RequestKind int

const (
	// MakeDirectory makes a missing directory. The first descriptor is the
	// container's root. A symbolic link on the way may point to something that
	// is missing, too: the image of a distribution has /var/run → /run, and a
	// tmpfs on /run hides what was there.
	MakeDirectory RequestKind = iota
	// MakeFile makes a missing file.
	MakeFile
	// MakeLike makes a directory or a file like the second descriptor.
	MakeLike
	// CopyUp copies what is in the directory of the first descriptor to that of
	// the second.
	CopyUp
	// MapIDs maps the ids of the detached mount of the first descriptor. The
	// creator does it itself, without a program.
	MapIDs
)

// HelperFDs returns the names that the descriptors of a request have as inputs
// of a helper program. Its first input is the socket that it reports to.
func HelperFDs() [2]program.Input { return [2]program.Input{"first", "second"} }

// Requests returns what the program may ask for, by number.
func (r *Root) Requests() []Request { return r.requests }

// RequestStep returns the step at which the program sends every request, or 0.
// It is known once the root file system is complete.
func (r *Root) RequestStep() int { return r.service.step }

// service is the part of the program that sends requests. The program has it
// once, so it keeps where to go on.
type service struct {
	start   program.Label
	payload program.Arg // report and number
	control program.Arg // struct cmsghdr and both descriptors
	back    []program.Label
	step    int // at which the request is sent
}

const (
	payloadSize = program.ReportSize + 4
	// above is a number above all descriptors that are inputs of a helper.
	above = 64
)

// twoFDs is the size of a control message with two descriptors.
var twoFDs = program.CmsgSpace(2)

// ask appends the steps that make a request and go on at back. second may be
// Null: see completePair.
func (r *Root) ask(q Request, first, second program.Arg, back program.Label) {
	b := r.b
	s := &r.service
	if len(s.back) == 0 {
		s.start = b.NewLabel()
		s.payload = b.Buffer(payloadSize)
		s.control = b.Buffer(twoFDs)
	}
	q.Step = b.Next()
	b.Store(s.payload.At(program.ReportSize), program.Imm(len(s.back)))
	b.Store(s.control.At(program.CmsgDataOff), first)
	if second != program.Null {
		b.Store(s.control.At(program.CmsgDataOff+4), second)
	}
	b.Jump(s.start)
	r.requests = append(r.requests, q)
	s.back = append(s.back, back)
}

// appendService appends the service, which all requests jump to.
func (r *Root) appendService() {
	s := &r.service
	if len(s.back) == 0 {
		return
	}
	b := r.b
	over := b.NewLabel()
	b.Jump(over)
	b.Bind(s.start)
	b.At("", "")
	b.Doing("ask the creator for help")
	b.StoreRights(s.control, 2)
	r.completePair()
	again, goOn := b.Here(), b.NewLabel()
	s.step = b.Next() + 1
	b.Store(s.payload, program.Imm(s.step)) // and no errno
	b.Sendmsg(program.ReportSlot.Arg(), b.Msghdr(b.Iovec(s.payload, payloadSize), s.control, twoFDs), unix.MSG_NOSIGNAL)
	image := r.awaitAnswer(goOn)
	r.runHelper(image)
	b.Jump(again)
	b.Bind(goOn)
	b.Store(s.control.At(program.CmsgDataOff+4), program.Imm(0))
	for i, back := range s.back {
		b.JumpIfWord(s.payload.At(program.ReportSize), program.WholeWord, uint32(i), back)
	}
	b.Bind(over)
}

// completePair sends the first descriptor twice if there is no second one.
// Otherwise the second would be stdin, which the program must not pass on, and
// which may be a socket.
func (r *Root) completePair() {
	b, control := r.b, r.service.control
	one, two := b.NewLabel(), b.NewLabel()
	b.JumpIfWord(control.At(program.CmsgDataOff+4), program.WholeWord, 0, one)
	b.Jump(two)
	b.Bind(one)
	first := b.Load(control.At(program.CmsgDataOff), program.WholeWord, "descriptor")
	b.Store(control.At(program.CmsgDataOff+4), first)
	b.Bind(two)
}

// awaitAnswer receives the creator's answer and returns the descriptor of the
// image to run. If there is none, the steps go on at goOn. A creator that died
// sends nothing: then the process must end.
func (r *Root) awaitAnswer(goOn program.Label) program.Arg {
	b := r.b
	b.Doing("wait for the creator's help")
	header, control, answer := b.Buffer(program.MsghdrSize), b.Buffer(twoFDs), b.Buffer(4)
	// The kernel writes to the header, so it is filled in each time.
	b.StoreLong(header.At(program.MsghdrIovOff), b.Iovec(answer, 1))
	b.StoreLong(header.At(program.MsghdrIovlenOff), program.Imm(1))
	b.StoreLong(header.At(program.MsghdrControlOff), control)
	b.StoreLong(header.At(program.MsghdrControlenOff), program.Imm(twoFDs))
	n := b.Recvmsg(program.ReportSlot.Arg(), header, unix.MSG_CMSG_CLOEXEC).Retry().Result("answer")
	orphaned, alive := b.NewLabel(), b.NewLabel()
	b.JumpIf(n, ^uint64(0), 0, orphaned)
	b.JumpIfWord(answer, program.FirstByte, 0, goOn)
	b.Jump(alive)
	b.Bind(orphaned)
	b.ExitGroup(1)
	b.Bind(alive)
	return b.Load(control.At(program.CmsgDataOff), program.WholeWord, "image")
}

// runHelper runs an image in a child and waits for its end.
func (r *Root) runHelper(image program.Arg) {
	b := r.b
	s := &r.service
	b.Doing("run the creator's helper")
	child, done := b.NewLabel(), b.NewLabel()
	pid := b.Fork(0).Result("helper")
	b.JumpIf(pid, ^uint64(0), 0, child)
	b.Wait4(pid).Retry()
	b.Close(image)
	b.Jump(done)

	b.Bind(child)
	// First the descriptors go out of the way of their final numbers.
	run := b.DupAbove(image, above).Result("image")
	var fds [2]program.Arg
	for i := range fds {
		fd := b.Load(s.control.At(uint32(program.CmsgDataOff+4*i)), program.WholeWord, "descriptor")
		fds[i] = b.DupAbove(fd, above).Result("descriptor")
	}
	for i, fd := range fds {
		b.Dup3(fd, program.Imm(program.FirstInput+1+i), 0)
	}
	b.ExecveFD(run, b.Strings([]string{"rt-init"}), b.Pointers())
	b.Bind(done)
}
