#!/usr/bin/env python3
"""The developer's command line: ./scripts/dev.py docker build, … docker test.

Standard library only, so that it runs on a fresh machine.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPOSE_DIR = ROOT / "docker" / "compose"
TEST_COMPOSE = COMPOSE_DIR / "docker-compose.test.yml"
BUILD_COMPOSE = COMPOSE_DIR / "docker-compose.build.yml"
TEST_IMAGE = "onemount-test-runner:latest"


def run(argv):
    """Run a command in the project root and return its exit code."""
    print("+", " ".join(str(word) for word in argv))
    return subprocess.run([str(word) for word in argv], cwd=ROOT, check=False).returncode


def has_compose_v1():
    """Tell whether the old stand-alone program is installed."""
    return shutil.which("docker-compose") is not None


def docker_build(args):
    argv = ["docker", "build", "-f", "docker/Dockerfile.test-runner", "-t", TEST_IMAGE]
    if args.no_cache:
        argv.append("--no-cache")
    argv += ["--build-arg", "GO_VERSION=1.24.2", "."]
    return run(argv)


def docker_test(args):
    if shutil.which("docker") is None:
        print("docker is not installed", file=sys.stderr)
        return 1
    return run(["docker-compose", "-f", TEST_COMPOSE, "run", "--rm", args.suite])


def docker_package(_args):
    return run(["docker", "compose", "-f", BUILD_COMPOSE, "--profile", "deb", "run", "--rm", "build-deb"])


def docker_status(_args):
    print("compose v1:", "installed" if has_compose_v1() else "not installed")
    return run(["docker", "image", "ls", "--filter", "reference=onemount*"])


def parser():
    top = argparse.ArgumentParser(prog="dev.py", description=__doc__)
    groups = top.add_subparsers(required=True, metavar="GROUP")
    docker = groups.add_parser("docker", help="images and containers").add_subparsers(required=True, metavar="COMMAND")

    build = docker.add_parser("build", help="build the test runner image")
    build.add_argument("--no-cache", action="store_true")
    build.set_defaults(call=docker_build)

    test = docker.add_parser("test", help="run a suite in the test runner")
    test.add_argument("suite", nargs="?", default="unit-tests")
    test.set_defaults(call=docker_test)

    docker.add_parser("package", help="build the Debian packages").set_defaults(call=docker_package)
    docker.add_parser("status", help="show what is there").set_defaults(call=docker_status)
    return top


def main(argv=None):
    args = parser().parse_args(argv)
    return args.call(args)


if __name__ == "__main__":
    sys.exit(main())
