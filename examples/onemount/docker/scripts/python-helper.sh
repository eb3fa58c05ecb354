#!/bin/bash
# Runs one of the project's Python helpers with the interpreter at hand.

set -e

HELPER="$1"
shift

for candidate in python3 python; do
    if command -v "$candidate" > /dev/null 2>&1; then
        exec "$candidate" "/workspace/scripts/$HELPER.py" "$@"
    fi
done

echo "No Python interpreter found" >&2
exit 1
