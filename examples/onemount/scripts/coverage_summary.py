#!/usr/bin/env python3
"""Prints the covered share of each package from a Go coverage profile."""

import sys
from collections import defaultdict


def summarise(lines):
    """Map each package to (covered, total) statements."""
    totals = defaultdict(lambda: [0, 0])
    for line in lines:
        if line.startswith("mode:") or not line.strip():
            continue
        location, statements, count = line.rsplit(maxsplit=2)
        package = location.rsplit("/", 1)[0]
        totals[package][1] += int(statements)
        if int(count) > 0:
            totals[package][0] += int(statements)
    return {package: tuple(pair) for package, pair in sorted(totals.items())}


def main(argv):
    if len(argv) != 2:
        print("usage: coverage_summary.py PROFILE", file=sys.stderr)
        return 2
    with open(argv[1], encoding="utf-8") as profile:
        for package, (covered, total) in summarise(profile).items():
            print(f"{covered / total:6.1%}  {package}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
