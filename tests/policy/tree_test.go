package policy

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// root is the module's directory as seen from this package.
const root = "../.."

// file is one Go file of the module.
type file struct {
	path    string // from the module's root
	pkg     string // its package's path in the module, "" for the root
	test    bool
	imports []string
	syntax  *ast.File
	fset    *token.FileSet
}

// parseTree parses every Go file of the module, whatever its build
// constraints: the rules hold for all architectures.
func parseTree(t *testing.T) []file {
	t.Helper()
	var files []file
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root && skipDir(d.Name()) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		f, err := parseFile(path)
		files = append(files, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// skipDir reports whether the go command ignores a directory of this name.
func skipDir(name string) bool {
	return name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")
}

func parseFile(path string) (file, error) {
	rel, err := filepath.Rel(root, path)
	if err != nil {
		return file{}, err
	}
	pkg := filepath.Dir(rel)
	if pkg == "." {
		pkg = ""
	}
	f := file{path: rel, pkg: pkg, test: strings.HasSuffix(rel, "_test.go"), fset: token.NewFileSet()}
	f.syntax, err = parser.ParseFile(f.fset, path, nil, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		return file{}, err
	}
	for _, imp := range f.syntax.Imports {
		name, err := strconv.Unquote(imp.Path.Value)
		if err != nil {
			return file{}, err
		}
		f.imports = append(f.imports, name)
	}
	return f, nil
}
