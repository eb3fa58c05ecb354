// Package config reads OneMount's settings: a few from the environment, the
// list of drives from a JSON file.
package config

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Settings are what the environment decides.
type Settings struct {
	ConfigFile string
	TokenFile  string
}

// FromEnvironment reads the settings with a lookup function such as os.Getenv.
func FromEnvironment(lookup func(string) string) Settings {
	home := lookup("HOME")
	return Settings{
		ConfigFile: orDefault(lookup("ONEMOUNT_CONFIG"), filepath.Join(home, ".config", "onemount", "drives.json")),
		TokenFile:  orDefault(lookup("ONEMOUNT_AUTH_TOKENS"), filepath.Join(home, ".onemount-tests", ".auth_tokens.json")),
	}
}

func orDefault(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

// Drive is one entry of the launcher's list.
type Drive struct {
	Manifest   string `json:"manifest"`
	MountPoint string `json:"mountPoint"`
}

// Launcher is the launcher's list of drives.
type Launcher struct {
	Drives []Drive `json:"drives"`
}

// LoadLauncher reads the list. A file that does not exist is an empty list.
func LoadLauncher(path string) (*Launcher, error) {
	content, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return &Launcher{}, nil
	}
	if err != nil {
		return nil, err
	}
	var launcher Launcher
	if err := json.Unmarshal(content, &launcher); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &launcher, nil
}

// Commands returns the command line that mounts each drive, in order.
func (l *Launcher) Commands() []string {
	lines := make([]string, 0, len(l.Drives))
	for _, d := range l.Drives {
		lines = append(lines, fmt.Sprintf("onemount mount %q %q", d.Manifest, d.MountPoint))
	}
	return lines
}
