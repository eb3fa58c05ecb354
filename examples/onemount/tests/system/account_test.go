//go:build system

// Package system runs against a signed-in account and is skipped without one.
package system

import (
	"os"
	"testing"

	"github.com/auriora/onemount/internal/config"
	"github.com/auriora/onemount/internal/tokens"
)

func TestAccountIsSignedIn(t *testing.T) {
	set, err := tokens.Load(config.FromEnvironment(os.Getenv).TokenFile)
	if err != nil {
		t.Skip("no auth tokens: ", err)
	}
	if set.Account == "" {
		t.Fatal("the token file names no account")
	}
}
