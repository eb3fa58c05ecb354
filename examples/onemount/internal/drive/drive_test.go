package drive

import (
	"os"
	"path/filepath"
	"testing"
)

func manifest(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "drive.json")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestItemsAreListedParentsFirst(t *testing.T) {
	d, err := Load(manifest(t, `{"items": [{"path": "a/b.txt"}, {"path": "a", "folder": true}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if d.Items[0].String() != "a/" || d.Items[1].String() != "a/b.txt" {
		t.Fatalf("items %v", d.Items)
	}
}

func TestItemsOutsideTheDriveAreRefused(t *testing.T) {
	for _, path := range []string{"", "/etc/passwd", "../up", "a/../../up"} {
		if _, err := Load(manifest(t, `{"items": [{"path": "`+path+`"}]}`)); err == nil {
			t.Errorf("path %q was accepted", path)
		}
	}
}

func TestUnmountLeavesOtherFilesAlone(t *testing.T) {
	directory := t.TempDir()
	d := &Drive{Items: []Item{{Path: "a/b.txt", Content: "b"}}}
	if err := d.Mount(directory); err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(directory, "a", "own.txt")
	if err := os.WriteFile(own, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.Unmount(directory); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(own); err != nil {
		t.Fatal(err)
	}
}
