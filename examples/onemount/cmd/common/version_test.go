package common

import "testing"

func TestDescribeNamesProgramAndVersion(t *testing.T) {
	got := Describe("onemount")
	want := "onemount " + Version + " (unknown)"
	if got != want {
		t.Fatalf("Describe() = %q, want %q", got, want)
	}
}
