#!/bin/bash
# Puts auth tokens where the test and runner containers look for them.
# Runs on the host.

set -e

# Colors for output
RED='\033[0;31m'
GREEN='\033[0;32m'
BLUE='\033[0;34m'
NC='\033[0m'

print_info() {
    echo -e "${BLUE}[INFO]${NC} $1"
}

print_success() {
    echo -e "${GREEN}[SUCCESS]${NC} $1"
}

# Errors of a host script go where the caller expects them.
print_error() {
    echo -e "${RED}[ERROR]${NC} $1" >&2
}

PROJECT_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
TOKEN_FILE="$PROJECT_ROOT/test-artifacts/.auth_tokens.json"
RUNNER_VOLUME="runner-work"

usage() {
    echo "Usage: $0 {store FILE|encode|status|wipe}"
}

store_tokens() {
    mkdir -p "$(dirname "$TOKEN_FILE")"
    cp "$1" "$TOKEN_FILE"
    chmod 600 "$TOKEN_FILE"
    print_success "Stored $TOKEN_FILE"
}

encode_tokens() {
    # For the ONEMOUNT_AUTH_TOKENS secret of the GitHub repository.
    base64 -w0 "$TOKEN_FILE"
}

show_status() {
    if [[ -f "$TOKEN_FILE" ]]; then
        print_info "Tokens: $TOKEN_FILE"
    else
        print_info "Tokens: none"
    fi
    if docker volume inspect "$RUNNER_VOLUME" > /dev/null 2>&1; then
        print_info "Runner volume: $RUNNER_VOLUME"
    fi
}

wipe_tokens() {
    rm -f "$TOKEN_FILE"
    docker volume rm "$RUNNER_VOLUME"
    print_success "Tokens and runner volume removed"
}

case "${1:-}" in
    store)
        if [[ -z "${2:-}" ]]; then
            print_error "store needs a file"
            exit 2
        fi
        store_tokens "$2"
        ;;
    encode) encode_tokens ;;
    status) show_status ;;
    wipe) wipe_tokens ;;
    *)
        usage
        exit 2
        ;;
esac
