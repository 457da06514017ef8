package checkpoint

import (
	"math"

	"github.com/checkpoint-restore/go-criu/v8/rpc"
	"golang.org/x/sys/unix"
)

// logLevel is the one that tells what happened when something fails.
const logLevel = 4

// message returns what CRIU is asked over the socket. Descriptors of
// directories are those of the asking process, which CRIU opens by its /proc;
// others are numbers in CRIU's own process, from firstInherited on.
func (r *request) message(cgroups map[string]string) *rpc.CriuReq {
	o := r.options()
	o.Root = text(r.Root)
	if r.Cgroups != nil {
		o.CgroupYard = new(r.cgroupsPlace())
	}
	o.ParentImg = text(r.Parent)
	for _, m := range r.Mounts {
		o.ExtMnt = append(o.ExtMnt, &rpc.ExtMountMap{Key: new(m.Key), Val: new(m.Value)})
	}
	o.External = r.External
	if r.Kind == kindRestore {
		r.restoreOptions(o, cgroups)
	} else {
		r.dumpOptions(o)
	}
	return &rpc.CriuReq{Type: new(r.Kind), Opts: o}
}

// options returns those that a dump and a restore share.
func (r *request) options() *rpc.CriuOpts {
	o := &rpc.CriuOpts{
		ImagesDirFd:       new(int32(r.Images.Fd())),
		LogLevel:          new(int32(logLevel)),
		LogFile:           new(r.logName()),
		NotifyScripts:     new(true),
		OrphanPtsMaster:   new(true),
		ManageCgroups:     new(true),
		ManageCgroupsMode: new(r.CgroupsMode),
		TcpEstablished:    new(r.TCPEstablished),
		TcpSkipInFlight:   new(r.TCPSkipInFlight),
		TcpClose:          new(r.TCPClose),
		LinkRemap:         new(r.LinkRemap),
		ExtUnixSk:         new(r.ExtUnixSk),
		ShellJob:          new(r.ShellJob),
		FileLocks:         new(r.FileLocks),
		AutoDedup:         new(r.AutoDedup),
		LazyPages:         new(r.LazyPages),
		ConfigFile:        text(r.ConfigFile),
	}
	if r.Work != nil {
		o.WorkDirFd = new(int32(r.Work.Fd()))
	}
	if r.EmptyNetwork {
		o.EmptyNs = new(uint32(unix.CLONE_NEWNET))
	}
	if r.NetworkLock != 0 {
		o.NetworkLock = new(r.NetworkLock)
	}
	return o
}

func (r *request) dumpOptions(o *rpc.CriuOpts) {
	o.Pid = new(int32(r.Pid))
	o.LeaveRunning = new(r.LeaveRunning)
	o.FreezeCgroup = text(r.Freezer)
	// What has changed since can only be known if it is watched from now on.
	o.TrackMem = new(r.Kind == kindPreDump || r.Parent != "")
	if p := r.PageServer; p != nil {
		o.Ps = &rpc.CriuPageServerInfo{Address: new(p.Address), Port: new(int32(min(p.Port, math.MaxUint16)))}
	}
}

func (r *request) restoreOptions(o *rpc.CriuOpts, cgroups map[string]string) {
	o.RstSibling = new(true)
	o.EvasiveDevices = new(true)
	o.Root = text(r.rootPlace())
	o.LsmProfile = text(r.LSMProfile)
	o.LsmMountContext = text(r.LSMMountContext)
	for controllers, path := range cgroups {
		o.CgRoot = append(o.CgRoot, &rpc.CgroupRoot{Ctrl: new(controllers), Path: new(path)})
	}
	for _, ns := range r.Namespaces {
		o.JoinNs = append(o.JoinNs, &rpc.JoinNamespace{Ns: new(ns.Type), NsFile: new(ns.Path)})
	}
	for i, d := range r.Descriptors {
		o.InheritFd = append(o.InheritFd, &rpc.InheritFd{Key: new(d.Key), Fd: new(int32(firstInherited + i))})
	}
}

// text returns an option that is not given if it is empty.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
