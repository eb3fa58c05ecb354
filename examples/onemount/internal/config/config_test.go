package config

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func environment(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

func TestDefaultsLieInTheHomeDirectory(t *testing.T) {
	got := FromEnvironment(environment(map[string]string{"HOME": "/home/ada"}))
	if got.TokenFile != "/home/ada/.onemount-tests/.auth_tokens.json" {
		t.Fatalf("token file %q", got.TokenFile)
	}
}

func TestEnvironmentWins(t *testing.T) {
	got := FromEnvironment(environment(map[string]string{"ONEMOUNT_CONFIG": "/etc/onemount/drives.json"}))
	if got.ConfigFile != "/etc/onemount/drives.json" {
		t.Fatalf("config file %q", got.ConfigFile)
	}
}

func TestLauncherListsOneCommandPerDrive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "drives.json")
	content := `{"drives": [{"manifest": "a.json", "mountPoint": "/mnt/a"}]}`
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	launcher, err := LoadLauncher(path)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`onemount mount "a.json" "/mnt/a"`}
	if got := launcher.Commands(); !reflect.DeepEqual(got, want) {
		t.Fatalf("commands %v, want %v", got, want)
	}
}

func TestMissingListIsEmpty(t *testing.T) {
	launcher, err := LoadLauncher(filepath.Join(t.TempDir(), "none.json"))
	if err != nil || len(launcher.Commands()) != 0 {
		t.Fatalf("launcher %v, error %v", launcher, err)
	}
}
