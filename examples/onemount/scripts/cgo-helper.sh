#!/bin/bash
# Checks that a C compiler and the FUSE headers are there before Go compiles,
# so that a missing package is named instead of a page of cgo errors.

set -e

if ! command -v cc > /dev/null 2>&1; then
    echo "cgo-helper: no C compiler (install build-essential)" >&2
    exit 1
fi

if ! pkg-config --exists fuse3; then
    echo "cgo-helper: no FUSE headers (install libfuse3-dev and pkg-config)" >&2
    exit 1
fi

echo "cgo-helper: FUSE $(pkg-config --modversion fuse3)"
