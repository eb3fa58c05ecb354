package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHelpGoesToStandardOutput(t *testing.T) {
	var out, errs bytes.Buffer
	if code := run([]string{"--help"}, &out, &errs); code != 0 {
		t.Fatalf("exit code %d, stderr %q", code, errs.String())
	}
	if !strings.Contains(out.String(), "mount MANIFEST DIRECTORY") {
		t.Fatalf("no usage in %q", out.String())
	}
}

func TestMountAndUnmountAreInverse(t *testing.T) {
	manifest := filepath.Join("..", "..", "testdata", "drive.json")
	target := filepath.Join(t.TempDir(), "drive")
	var out, errs bytes.Buffer

	if code := run([]string{"mount", manifest, target}, &out, &errs); code != 0 {
		t.Fatalf("mount: exit code %d, stderr %q", code, errs.String())
	}
	content, err := os.ReadFile(filepath.Join(target, "Documents", "hello.txt"))
	if err != nil || string(content) != "Hello from OneMount\n" {
		t.Fatalf("content %q, error %v", content, err)
	}

	if code := run([]string{"unmount", manifest, target}, &out, &errs); code != 0 {
		t.Fatalf("unmount: exit code %d, stderr %q", code, errs.String())
	}
	left, err := os.ReadDir(target)
	if err != nil || len(left) != 0 {
		t.Fatalf("left behind: %v, error %v", left, err)
	}
}

func TestUnknownCommandFails(t *testing.T) {
	var out, errs bytes.Buffer
	if code := run([]string{"format"}, &out, &errs); code != 1 {
		t.Fatalf("exit code %d, want 1", code)
	}
}
