#!/bin/bash
# Prepares a workspace in the runner container: a writable copy of the
# sources that the image brought, unless something is mounted there.

set -e

TARGET="${1:-/workspace}"
SOURCE="/opt/onemount-src"

if [[ -f "$TARGET/go.mod" ]]; then
    echo "Workspace $TARGET is already there"
    exit 0
fi

mkdir -p "$TARGET"
cp -r "$SOURCE/." "$TARGET/"
echo "Workspace $TARGET made from $SOURCE"
