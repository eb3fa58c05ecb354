//go:build integration

// Package integration runs the built program as a person would.
package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestBuiltProgramMountsTheSampleDrive(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "onemount")
	if out, err := exec.Command("go", "build", "-o", binary, "../../cmd/onemount").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	target := t.TempDir()
	if out, err := exec.Command(binary, "mount", "../../testdata/drive.json", target).CombinedOutput(); err != nil {
		t.Fatalf("mount: %v\n%s", err, out)
	}
	if _, err := os.Stat(filepath.Join(target, "Pictures")); err != nil {
		t.Fatal(err)
	}
}
