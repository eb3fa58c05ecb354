#!/bin/bash
set -euo pipefail
: "${VERSION:=1.0}"; export PATH="$HOME/bin:${PATH#/usr}" A=(1 2 [5]=x)
print_info() { local text="$1"; echo -e "\e[1m${text//a/b}\e[0m" >&2; }
function run { time sudo -E env A=b exec "$@"; }
case "${1-}" in
build | test) shift; run make "$@" ;;
*) cat <<-EOF
	usage: $0 $(basename "$(pwd)") $((1 + 2)) `date`
	EOF
	;;
esac
for f in *.sh; do [[ -f $f && ! -x $f ]] && source ./lib.sh || . /etc/os-release; done
while read -r line; do echo "$line"; done < <(docker ps) | tee >(wc -l) 2>&1
if (( x > 1 )); then { echo; } elif :; then coproc cat; fi &
