// Package libcontainer is the runtime as a library: containers, their life cycle
// and their state on disk. The command line and the containerd shim are built on it.
//
// # Containers
//
// A [Store] is a directory that has one directory for each container. Any number of
// processes may work with a store at the same time, and any number of goroutines of
// one. What changes a container takes a lock on it; what reads does not.
//
//	store := libcontainer.Store{Root: "/run/rt"}
//	s, text, err := spec.LoadText(bundle)             // checks config.json
//	p, err := store.Create(ctx, libcontainer.Config{
//		ID: "one", Bundle: bundle, Spec: s, Text: text, Stdio: [3]*os.File{in, out, errors},
//	})
//	defer p.Close()
//	err = p.Start(ctx)
//	exit, err := p.Wait(ctx)
//	err = store.Delete(ctx, "one", false)
//
// [Store.Create] does everything but execute the container's program. The [Process]
// that it returns waits for its Start. Unless [Config.OnlyHere] is set, another
// process can start it too, with [Store.Start], even if this one has ended.
// [Store.Run] is both in one.
//
// [Store.Open] returns a [Container]: what it is and does ([Container.Info]), and what
// can be done with it. [Container.Exec] makes another process in it, which is started
// and waited for like the first one; [Container.Run] starts it too.
//
// [Store.Plan] and [Store.PlanExec] say what a Create or an Exec would do, for review,
// and do nothing: see package plan.
//
// # What the caller must do
//
//   - A configuration that package spec has read comes with its [spec.Text], and is
//     taken as checked. Any other is checked: it may be made by a program, and
//     have anything in it. It stays the caller's, and must not change meanwhile.
//   - Every [Process] is a child of this process. Its holder must call Wait, or the
//     child stays a zombie, and then Close. Nothing else may reap it: no wait4(-1).
//   - Descriptors are the caller's and stay so. Those that are to be kept from hooks are
//     close-on-exec.
//   - Whatever may wait has a context: for others who work on the container, hooks, an
//     engine's sockets, systemd, CRIU, the freezer, the end of processes. If it ends,
//     the error says what was waited for, and what is not complete ends too: a
//     container that is being made, a process that is being started, a container that
//     is being frozen. That may itself take a moment. [Store.Delete] goes on where it
//     was when it is called again.
//
// The library depends on neither the umask nor the working directory nor the
// environment of this process, nor on the thread that calls it, as long as all threads
// are in the same namespaces and have the same credentials. What is left: a pid
// file's mode is 0644 without the umask; hooks, which are children of this process,
// have its umask, and its environment if their configuration has none; criu(8) is
// found by PATH, and systemd by the variables that D-Bus has for that.
//
// # Errors
//
// Errors say what, where and why: a JSON path of the configuration or the step, and
// the kernel's reason. None names a command or a flag: the caller may have neither.
// What callers branch on is for [errors.Is]:
//
//	ErrExist, ErrNotExist             the id is taken, or nobody has it
//	ErrStopped, ErrPaused             an exec in a container that has ended, or stands
//	ErrNotRunning, ErrNotPaused       nothing to signal, pause or change; nothing to resume
//	ErrWrongState                     started twice, deleted while it runs, ...
//	ErrBusy                           somebody else has the lock for too long
//	ErrBadState                       the container's files are damaged
//	ErrProgramNotFound                process.args names no program, or one without interpreter
//	ErrProgramDenied                  it may not be executed
//	ErrNeedsUserNamespace             an ordinary user's container without one
//	ErrNoSystemd                      Store.SystemdCgroup, and no systemd
//	context.Canceled, DeadlineExceeded, or the cause of the context
//
// For [errors.As] there are [spec.Faults], all that is wrong with a configuration,
// [StepError], the step of a start that the kernel refused, and [OptionError], the
// field of a Config that is at fault. The kernel's errno is in the chain too, so that
// fs.ErrPermission and fs.ErrNotExist hold of it.
package libcontainer
