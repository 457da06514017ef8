package policy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestPathsBelowRootfs: what lies below a container's rootfs is hostile, so nothing there
// is used by a path that begins with that of the rootfs: the image decides where its links
// lead, and processes that share it may change them at any time. More than half of the
// advisories of container runtimes are of this kind. Such files are reached from a
// descriptor of the root: linux.OpenInRoot, mount.Root.
//
// The test knows a path below the rootfs by how it is put together in a function. The
// path of the rootfs itself may be opened.
func TestPathsBelowRootfs(t *testing.T) {
	for _, f := range parseTree(t) {
		if f.test || strings.HasPrefix(f.path, "tests/") {
			continue
		}
		for _, found := range pathsBelow(f.fset, f.syntax) {
			if !slices.Contains(justified, found.what) {
				t.Errorf("%s: %s: uses a path below the rootfs, whose links lead anywhere: open it from a descriptor (linux.OpenInRoot)", found.at, found.what)
			}
		}
	}
}

// justified are functions that may do it, such as "look: Open", each with its reason. There
// are none.
var justified []string

// byPath are functions that do something to the file at a path.
var byPath = map[string]string{
	"os": "Open OpenFile Create Stat Lstat ReadFile WriteFile ReadDir Mkdir MkdirAll Remove RemoveAll Rename Chmod Chown Lchown " +
		"Chtimes Symlink Link Readlink Truncate DirFS OpenRoot",
	"unix": "Open Openat Openat2 OpenTree Creat Stat Lstat Statx Fstatat Statfs Access Faccessat Mkdir Mkdirat Mknod Mknodat Mkfifo Mount " +
		"MoveMount Unmount MountSetattr Chmod Fchmodat Chown Lchown Fchownat Unlink Unlinkat Rmdir Rename Renameat Symlink Symlinkat " +
		"Link Linkat Readlink Truncate Chdir Chroot PivotRoot Getxattr Lgetxattr Setxattr Lsetxattr",
	"linux":    "Open OpenAt ReadFile ReadRegular WriteFile WriteValues Dial Bind",
	"filepath": "EvalSymlinks Glob Walk WalkDir",
	"exec":     "Command CommandContext",
}

// steps are the builder's methods whose paths the init opens.
const steps = "Openat Openat2 OpenTree Mkdirat Mknodat Symlinkat Unlinkat Statx Faccessat Faccessat2 Chroot PivotRoot Umount2 Fchownat"

// use is a use of a path below the rootfs.
type use struct {
	at   token.Position
	what string // the function that uses it, and what it calls
}

// pathsBelow finds the uses in a file.
func pathsBelow(set *token.FileSet, file *ast.File) (found []use) {
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		p := paths{rootfs: map[string]bool{}, below: map[string]bool{}}
		for known := -1; known != len(p.rootfs)+len(p.below); {
			known = len(p.rootfs) + len(p.below)
			p.learn(fn.Body)
		}
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && acts(call) && slices.ContainsFunc(call.Args, p.isBelow) {
				sel := call.Fun.(*ast.SelectorExpr)
				found = append(found, use{set.Position(call.Pos()), fn.Name.Name + ": " + sel.Sel.Name})
			}
			return true
		})
	}
	return found
}

// acts reports whether a call does something to the file at a path.
func acts(call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	of := steps
	if x, ok := sel.X.(*ast.Ident); ok {
		if names, ok := byPath[x.Name]; ok {
			of = names
		}
	}
	return slices.Contains(strings.Fields(of), sel.Sel.Name)
}

// paths are the variables of a function that hold the path of the rootfs, or one below.
type paths struct{ rootfs, below map[string]bool }

// learn takes the variables that are set from such paths.
func (p *paths) learn(body ast.Node) {
	ast.Inspect(body, func(n ast.Node) bool {
		assign, ok := n.(*ast.AssignStmt)
		if !ok || len(assign.Lhs) != len(assign.Rhs) {
			return true
		}
		for i, to := range assign.Lhs {
			name, ok := to.(*ast.Ident)
			switch {
			case !ok:
			case p.isBelow(assign.Rhs[i]):
				p.below[name.Name] = true
			case p.isRootfs(assign.Rhs[i]):
				p.rootfs[name.Name] = true
			}
		}
		return true
	})
}

var (
	rootfsName = regexp.MustCompile(`(?i)^rootfs(path|dir)?$`)
	// ofProcess is a path through the root directory of a process.
	ofProcess = regexp.MustCompile(`/root/|/cwd/`)
)

// isRootfs reports whether an expression is the path of a rootfs.
func (p *paths) isRootfs(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return rootfsName.MatchString(e.Name) || p.rootfs[e.Name]
	case *ast.SelectorExpr:
		x, _ := e.X.(*ast.SelectorExpr)
		config := x != nil && x.Sel.Name == "c" && e.Sel.Name == "Path" // r.c.Path, of a mount.RootConfig
		return config || rootfsName.MatchString(e.Sel.Name)
	case *ast.ParenExpr:
		return p.isRootfs(e.X)
	case *ast.CallExpr:
		switch name := calledName(e); name {
		case "RootfsPath":
			return true
		case "Clean", "Abs", "ToSlash":
			return slices.ContainsFunc(e.Args, p.isRootfs)
		}
	}
	return false
}

// isBelow reports whether an expression is a path that goes on below a rootfs.
func (p *paths) isBelow(e ast.Expr) bool {
	tainted := func(e ast.Expr) bool { return p.isRootfs(e) || p.isBelow(e) }
	switch e := e.(type) {
	case *ast.Ident:
		return p.below[e.Name]
	case *ast.BasicLit:
		return e.Kind == token.STRING && ofProcess.MatchString(e.Value)
	case *ast.ParenExpr:
		return p.isBelow(e.X)
	case *ast.BinaryExpr:
		return e.Op == token.ADD && (tainted(e.X) || tainted(e.Y))
	case *ast.CallExpr:
		switch calledName(e) {
		case "Join", "Sprintf":
			return len(e.Args) > 1 && slices.ContainsFunc(e.Args, tainted)
		case "Clean", "Abs", "ToSlash", "String":
			return slices.ContainsFunc(e.Args, p.isBelow)
		}
	}
	return false
}

func calledName(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// The test finds what it is for.
func TestSeededPathsBelowRootfs(t *testing.T) {
	for code, want := range map[string]bool{
		`os.Open(filepath.Join(rootfs, "etc/passwd"))`:                                                         true,
		`os.ReadFile(c.state.Rootfs + "/etc/passwd")`:                                                          true,
		`p := path.Join(spec.RootfsPath(b, r), name); q := p; _ = unix.Mkdir(q, 0)`:                            true,
		`dir := r.c.Rootfs; b.Openat(program.Cwd, dir+"/dev", 0)`:                                              true,
		`unix.Mount("", fmt.Sprintf("%s/%s", rootfs, to), "", 0, "")`:                                          true,
		`linux.ReadFile("/proc/" + pid + "/root/etc/passwd")`:                                                  true,
		`var f = filepath.Join(rootfsPath, x); _ = f; os.Remove(filepath.Clean(filepath.Join(rootfsPath, x)))`: true,
		`b.OpenTree(program.Cwd, r.c.Path+"/proc", 0)`:                                                         true,
		`b.OpenTree(program.Cwd, r.c.Path, 0)`:                                                                 false,
		`os.OpenFile(c.state.Rootfs, unix.O_PATH, 0)`:                                                          false,
		`os.OpenFile(proc+"/root", unix.O_PATH, 0)`:                                                            false,
		`linux.OpenInRoot(int(root.Fd()), "etc/passwd")`:                                                       false,
		`fmt.Println(filepath.Join(rootfs, "etc/passwd"))`:                                                     false,
		`os.Open(filepath.Join(bundle, "rootfs-of-another/file"))`:                                             false,
	} {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, "seeded.go", "package p\nfunc f() {\n"+code+"\n}\n", 0)
		if err != nil {
			t.Fatalf("%s: %v", code, err)
		}
		if found := pathsBelow(set, file); (len(found) > 0) != want {
			t.Errorf("%s: found %v, want %v", code, found, want)
		}
	}
}
