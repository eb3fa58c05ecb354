#!/bin/bash
# Entrypoint of the OneMount test runner image.

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

TEST_HOME="/tmp/home-tester"
TOKEN_FILE="${TEST_HOME}/.onemount-tests/.auth_tokens.json"
TEST_TIMEOUT="${ONEMOUNT_TEST_TIMEOUT:-5m}"
TEST_PARALLEL="${ONEMOUNT_TEST_PARALLEL:-4}"

show_help() {
    cat <<'EOF'
OneMount test runner

Usage: test-entrypoint.sh COMMAND [OPTIONS]

Commands:
  help          Show this help
  unit          Run the unit tests
  integration   Run the integration tests
  system        Run the system tests (needs auth tokens)
  coverage      Run the unit tests and write a coverage report
  all           Run unit, integration and system tests
  shell         Start an interactive shell

Options:
  --verbose     Pass -v to go test
  --timeout D   Time limit of one test binary (default 5m)
EOF
}

validate_workspace() {
    if [[ ! -f "go.mod" ]] || ! grep -q "github.com/auriora/onemount" go.mod; then
        print_error "Not in OneMount project directory"
        return 1
    fi
}

setup_auth_tokens() {
    mkdir -p "$(dirname "$TOKEN_FILE")"
    if [[ -n "$ONEMOUNT_AUTH_TOKENS" && -f "$ONEMOUNT_AUTH_TOKENS" ]]; then
        print_info "Auth tokens found at $ONEMOUNT_AUTH_TOKENS"
        return 0
    fi
    if [[ -f "$TOKEN_FILE" ]]; then
        export ONEMOUNT_AUTH_TOKENS="$TOKEN_FILE"
        print_info "Auth tokens found at $TOKEN_FILE"
        return 0
    fi
    print_warning "No auth tokens found - system tests will be skipped"
}

setup_go() {
    mkdir -p "$GOCACHE" "$GOMODCACHE"
    print_info "Using $(go version)"
}

run_go_test() {
    go test -timeout "$TEST_TIMEOUT" -parallel "$TEST_PARALLEL" "${GO_TEST_FLAGS[@]}" "$@"
}

run_unit() {
    print_info "Running unit tests..."
    run_go_test ./cmd/... ./internal/...
    print_success "Unit tests passed"
}

run_integration() {
    print_info "Running integration tests..."
    run_go_test -tags integration ./tests/integration/...
    print_success "Integration tests passed"
}

run_system() {
    setup_auth_tokens
    print_info "Running system tests..."
    run_go_test -tags system ./tests/system/...
    print_success "System tests passed"
}

run_coverage() {
    local report_dir="${TEST_HOME}/.onemount-tests/coverage"
    mkdir -p "$report_dir"
    run_go_test -coverprofile "$report_dir/coverage.out" ./cmd/... ./internal/...
    python3 scripts/coverage_summary.py "$report_dir/coverage.out"
    print_success "Coverage written to $report_dir"
}

COMMAND="${1:-help}"
shift || true

GO_TEST_FLAGS=()
while [[ $# -gt 0 ]]; do
    case "$1" in
        --verbose)
            GO_TEST_FLAGS+=("-v")
            shift
            ;;
        --timeout)
            TEST_TIMEOUT="$2"
            shift 2
            ;;
        *)
            print_error "Unknown option: $1"
            exit 2
            ;;
    esac
done

if [[ "$COMMAND" != "help" && "$COMMAND" != "shell" ]]; then
    validate_workspace
    setup_go
fi

case "$COMMAND" in
    help)
        show_help
        ;;
    unit)
        run_unit
        ;;
    integration)
        run_integration
        ;;
    system)
        run_system
        ;;
    coverage)
        run_coverage
        ;;
    all)
        run_unit
        run_integration
        run_system
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
