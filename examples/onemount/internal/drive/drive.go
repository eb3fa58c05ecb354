// Package drive holds the items of a drive and lays them out as files.
package drive

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
)

// Item is a file or a folder of the drive.
type Item struct {
	Path    string `json:"path"`
	Folder  bool   `json:"folder,omitempty"`
	Content string `json:"content,omitempty"`
}

// String returns the item as "list" prints it: folders end in a slash.
func (i Item) String() string {
	if i.Folder {
		return i.Path + "/"
	}
	return i.Path
}

// Drive is a drive's items, parents before children.
type Drive struct {
	Items []Item `json:"items"`
}

// Load reads a drive's manifest.
func Load(manifest string) (*Drive, error) {
	content, err := os.ReadFile(manifest)
	if err != nil {
		return nil, err
	}
	var d Drive
	if err := json.Unmarshal(content, &d); err != nil {
		return nil, fmt.Errorf("%s: %w", manifest, err)
	}
	for _, item := range d.Items {
		if !local(item.Path) {
			return nil, fmt.Errorf("%s: item %q lies outside the drive", manifest, item.Path)
		}
	}
	sort.Slice(d.Items, func(a, b int) bool { return d.Items[a].Path < d.Items[b].Path })
	return &d, nil
}

func local(p string) bool {
	return p != "" && path.Clean(p) == p && !path.IsAbs(p) && p != ".." && !strings.HasPrefix(p, "../")
}

// Mount lays the items out under directory, which is made if need be.
func (d *Drive) Mount(directory string) error {
	for _, item := range d.Items {
		target := filepath.Join(directory, filepath.FromSlash(item.Path))
		folder := filepath.Dir(target)
		if item.Folder {
			folder = target
		}
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		if item.Folder {
			continue
		}
		if err := os.WriteFile(target, []byte(item.Content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Unmount removes what Mount laid out. Files that it did not make stay, and
// so do the folders they lie in.
func (d *Drive) Unmount(directory string) error {
	folders := map[string]bool{}
	for _, item := range d.Items {
		if item.Folder {
			folders[item.Path] = true
		} else if err := os.Remove(filepath.Join(directory, filepath.FromSlash(item.Path))); err != nil && !os.IsNotExist(err) {
			return err
		}
		for parent := path.Dir(item.Path); parent != "."; parent = path.Dir(parent) {
			folders[parent] = true
		}
	}
	deepestFirst := make([]string, 0, len(folders))
	for folder := range folders {
		deepestFirst = append(deepestFirst, folder)
	}
	sort.Sort(sort.Reverse(sort.StringSlice(deepestFirst)))
	for _, folder := range deepestFirst {
		_ = os.Remove(filepath.Join(directory, filepath.FromSlash(folder))) // a folder in use stays
	}
	return nil
}
