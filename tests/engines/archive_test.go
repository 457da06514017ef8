package engines

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// archive is an image as a file, in the OCI's image layout: blobs by their
// digests, and an index that names the manifest.
type archive struct {
	t *testing.T
	w *tar.Writer
}

// descriptor names a blob (image-spec, descriptor.md).
type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int               `json:"size"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// mediaType is that of a part of an image.
func mediaType(part string) string { return "application/vnd.oci.image." + part }

// imageArchive returns the image as an archive.
func imageArchive(t *testing.T) []byte {
	t.Helper()
	return archiveOf(t, image, rootfsTar(t), "sh")
}

// archiveOf returns an image of this name, whose containers execute these arguments.
func archiveOf(t *testing.T, name string, rootfs []byte, args ...string) []byte {
	t.Helper()
	var buf bytes.Buffer
	a := archive{t, tar.NewWriter(&buf)}
	layer := a.blob("layer.v1.tar", rootfs)
	config := a.blob("config.v1+json", a.json(map[string]any{
		"architecture": runtime.GOARCH, "os": "linux",
		"config": map[string]any{"Cmd": args, "Env": []string{"PATH=/bin"}},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{layer.Digest}},
	}))
	manifest := a.blob("manifest.v1+json", a.json(map[string]any{
		"schemaVersion": 2, "mediaType": mediaType("manifest.v1+json"), "config": config, "layers": []descriptor{layer},
	}))
	manifest.Annotations = map[string]string{"io.containerd.image.name": name, "org.opencontainers.image.ref.name": name}
	a.file("index.json", a.json(map[string]any{"schemaVersion": 2, "manifests": []descriptor{manifest}}))
	a.file("oci-layout", a.json(map[string]string{"imageLayoutVersion": "1.0.0"}))
	if err := a.w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// unpackLayout unpacks the archive into a directory, and returns the digest of the
// image's manifest.
func unpackLayout(t *testing.T, dir string) string {
	t.Helper()
	files := map[string][]byte{}
	for r := tar.NewReader(bytes.NewReader(imageArchive(t))); ; {
		header, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		path := filepath.Join(dir, header.Name)
		if err := errors.Join(err, os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, data, 0o644)); err != nil {
			t.Fatal(err)
		}
		files[header.Name] = data
	}
	var index struct{ Manifests []descriptor }
	if err := json.Unmarshal(files["index.json"], &index); err != nil {
		t.Fatal(err)
	}
	return index.Manifests[0].Digest
}

// blob adds a blob and returns its descriptor.
func (a archive) blob(part string, data []byte) descriptor {
	a.t.Helper()
	sum := sha256.Sum256(data)
	a.file(fmt.Sprintf("blobs/sha256/%x", sum), data)
	return descriptor{MediaType: mediaType(part), Digest: fmt.Sprintf("sha256:%x", sum), Size: len(data)}
}

func (a archive) file(name string, data []byte) {
	a.t.Helper()
	add(a.t, a.w, tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644}, data)
}

func (a archive) json(value any) []byte {
	a.t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		a.t.Fatal(err)
	}
	return data
}
