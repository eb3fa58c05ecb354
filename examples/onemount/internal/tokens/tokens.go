// Package tokens reads the file in which the sign-in leaves its tokens.
package tokens

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"
)

// Set is one account's tokens. They are never printed.
type Set struct {
	Account      string    `json:"account"`
	AccessToken  string    `json:"access_token"`
	RefreshToken string    `json:"refresh_token"`
	ExpiresAt    time.Time `json:"expires_at"`
}

// ErrIncomplete says that a token file lacks an account or its tokens.
var ErrIncomplete = errors.New("token file names no account or no tokens")

// Load reads the token file at path.
func Load(path string) (*Set, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var set Set
	if err := json.Unmarshal(content, &set); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if set.Account == "" || set.AccessToken == "" || set.RefreshToken == "" {
		return nil, fmt.Errorf("%s: %w", path, ErrIncomplete)
	}
	return &set, nil
}

// Expired tells whether the access token is past its time.
func (s *Set) Expired(now time.Time) bool {
	return !now.Before(s.ExpiresAt)
}
