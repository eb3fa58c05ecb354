#!/bin/bash
# Entrypoint of the OneMount self-hosted GitHub runner image.

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

RUNNER_DIR="/opt/actions-runner"
TOKEN_DIR="/opt/onemount-ci"
RUNNER_NAME="${RUNNER_NAME:-onemount-$(hostname)}"
RUNNER_LABELS="${RUNNER_LABELS:-self-hosted,linux,onemount}"
RUNNER_EPHEMERAL="${RUNNER_EPHEMERAL:-false}"

show_help() {
    cat <<'EOF'
OneMount GitHub runner

Usage: runner-entrypoint.sh COMMAND

Commands:
  help        Show this help
  run         Register the runner and wait for jobs
  register    Register the runner only
  remove      Remove the registration
  test        Run the test suite once, without GitHub
  shell       Start an interactive shell

Environment:
  GITHUB_TOKEN           Token that may register runners
  GITHUB_REPOSITORY      owner/name of the repository
  RUNNER_NAME            Name of the runner
  RUNNER_LABELS          Labels, separated by commas
  ONEMOUNT_AUTH_TOKENS   Auth tokens for the system tests (JSON)
EOF
}

validate_environment() {
    local missing=0
    for name in GITHUB_TOKEN GITHUB_REPOSITORY; do
        if [[ -z "${!name}" ]]; then
            print_error "$name is not set"
            missing=1
        fi
    done
    return "$missing"
}

setup_auth_tokens() {
    if [[ -n "$ONEMOUNT_AUTH_TOKENS" ]]; then
        print_info "Setting up auth tokens from environment variable"
        echo "$ONEMOUNT_AUTH_TOKENS" > "$TOKEN_DIR/auth_tokens.json"
        chmod 600 "$TOKEN_DIR/auth_tokens.json"
        print_success "Auth tokens configured"
    elif [[ -f "$TOKEN_DIR/auth_tokens.json" ]]; then
        print_info "Auth tokens found at $TOKEN_DIR/auth_tokens.json"
    else
        print_warning "No auth tokens found - system tests will be skipped"
    fi
}

registration_token() {
    curl -fsSL -X POST \
        -H "Authorization: token ${GITHUB_TOKEN}" \
        "https://api.github.com/repos/${GITHUB_REPOSITORY}/actions/runners/registration-token" |
        jq -r .token
}

require_runner() {
    if [[ ! -x "$RUNNER_DIR/config.sh" ]]; then
        print_error "The actions runner is not installed; rebuild with --build-arg INSTALL_RUNNER=true"
        exit 1
    fi
}

register_runner() {
    require_runner
    local flags=(--unattended --replace --name "$RUNNER_NAME" --labels "$RUNNER_LABELS")
    if [[ "$RUNNER_EPHEMERAL" == "true" ]]; then
        flags+=(--ephemeral)
    fi
    (cd "$RUNNER_DIR" && ./config.sh \
        --url "https://github.com/${GITHUB_REPOSITORY}" \
        --token "$(registration_token)" "${flags[@]}")
    print_success "Runner $RUNNER_NAME registered"
}

remove_runner() {
    require_runner
    (cd "$RUNNER_DIR" && ./config.sh remove --token "$(registration_token)")
    print_success "Runner $RUNNER_NAME removed"
}

case "${1:-help}" in
    help)
        show_help
        ;;
    run)
        validate_environment
        setup_auth_tokens
        register_runner
        trap remove_runner EXIT
        "$RUNNER_DIR/run.sh"
        ;;
    register)
        validate_environment
        register_runner
        ;;
    remove)
        validate_environment
        remove_runner
        ;;
    test)
        setup_auth_tokens
        /usr/local/bin/init-workspace.sh /workspace
        cd /workspace && go test ./...
        ;;
    shell)
        exec /bin/bash
        ;;
    *)
        print_error "Unknown command: $1"
        show_help
        exit 2
        ;;
esac
