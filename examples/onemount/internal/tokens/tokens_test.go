package tokens

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tokens.json")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoadReadsTheAccount(t *testing.T) {
	set, err := Load(write(t, `{"account": "ada@example.com", "access_token": "a", "refresh_token": "r",
		"expires_at": "2030-01-01T00:00:00Z"}`))
	if err != nil {
		t.Fatal(err)
	}
	if set.Account != "ada@example.com" {
		t.Fatalf("account %q", set.Account)
	}
	if set.Expired(time.Date(2029, 12, 31, 0, 0, 0, 0, time.UTC)) {
		t.Fatal("expired a day early")
	}
}

func TestIncompleteFileIsRefused(t *testing.T) {
	_, err := Load(write(t, `{"account": "ada@example.com"}`))
	if !errors.Is(err, ErrIncomplete) {
		t.Fatalf("error %v, want ErrIncomplete", err)
	}
}
