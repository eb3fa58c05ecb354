// Package common holds what both OneMount programs report about themselves.
package common

import "fmt"

// Version is the released version. It is kept in step by bump2version.
const Version = "0.1.0rc1"

// commit is set by the linker: -X github.com/auriora/onemount/cmd/common.commit=…
var commit = "unknown"

// Describe returns the version line of a program.
func Describe(program string) string {
	return fmt.Sprintf("%s %s (%s)", program, Version, commit)
}
