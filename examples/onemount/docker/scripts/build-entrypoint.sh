#!/bin/bash
# Entrypoint of the OneMount package builder image.

set -e

# Colors for output
RED='\033[0;31m'
GREEN='\033[0;32m'
YELLOW='\033[1;33m'
BLUE='\033[0;34m'
NC='\033[0m'

print_info() {
    echo -e "${BLUE}[INFO]${NC} $1"
}

print_success() {
    echo -e "${GREEN}[SUCCESS]${NC} $1"
}

print_warning() {
    echo -e "${YELLOW}[WARNING]${NC} $1"
}

print_error() {
    echo -e "${RED}[ERROR]${NC} $1"
}

WORKSPACE="/workspace"
OUTPUT_DIR="${BUILD_OUTPUT:-$WORKSPACE/build}"

show_help() {
    cat <<'EOF'
OneMount package builder

Usage: build-entrypoint.sh COMMAND

Commands:
  help        Show this help
  binaries    Compile the programs into build/binaries
  deb         Build the Debian packages into build/packages
  all         Binaries, then packages
  shell       Start an interactive shell
EOF
}

validate_workspace() {
    if [[ ! -f "go.mod" ]] || ! grep -q "github.com/auriora/onemount" go.mod; then
        print_error "Not in OneMount project directory"
        return 1
    fi
}

build_binaries() {
    print_info "Compiling..."
    mkdir -p "$OUTPUT_DIR/binaries"
    bash scripts/cgo-helper.sh
    local commit
    commit="$(git rev-parse HEAD 2>/dev/null || echo unknown)"
    if [[ "$commit" == "unknown" ]]; then
        print_warning "No git history: the programs will not know their commit"
    fi
    for program in onemount onemount-launcher; do
        go build -buildvcs=false -o "$OUTPUT_DIR/binaries/$program" \
            -ldflags="-X github.com/auriora/onemount/cmd/common.commit=$commit" \
            "./cmd/$program"
    done
    print_success "Binaries are in $OUTPUT_DIR/binaries"
}

build_deb() {
    local stage
    stage="$(mktemp -d)"
    print_info "Building Debian packages in $stage..."
    mkdir -p "$stage/onemount" "$OUTPUT_DIR/packages"
    cp -r go.mod cmd internal scripts docs testdata packaging "$stage/onemount/"
    cp -r packaging/deb "$stage/onemount/debian"
    rm -rf "$stage/onemount/debian/docker"
    (cd "$stage/onemount" && dpkg-buildpackage -us -uc -b)
    cp "$stage"/*.deb "$OUTPUT_DIR/packages/"
    print_success "Packages are in $OUTPUT_DIR/packages"
}

COMMAND="${1:-help}"

if [[ "$COMMAND" != "help" && "$COMMAND" != "shell" ]]; then
    cd "$WORKSPACE"
    validate_workspace
fi

case "$COMMAND" in
    help)
        show_help
        ;;
    binaries)
        build_binaries
        ;;
    deb)
        build_deb
        ;;
    all)
        build_binaries
        build_deb
        ;;
    shell)
        exec /bin/bash
        ;;
    *)
        print_error "Unknown command: $COMMAND"
        show_help
        exit 2
        ;;
esac
