package compile

// The phases of the programs of this package, in order: see [program.Phase].
// Those of an exec and of a hook, which build no root file system, leave that
// out.
const (
	// PhasePrepare is what comes before anything can fail.
	PhasePrepare = "prepare"
	// PhaseOutside is what is done with the host's file systems still in place.
	PhaseOutside = "outside"
	// PhaseRootfs builds the root file system and changes to it.
	PhaseRootfs = "rootfs"
	// PhaseInside is what is done in the container.
	PhaseInside = "inside"
	// PhaseReady begins when there is nothing left to do but to execute the
	// program.
	PhaseReady = "ready"
)
