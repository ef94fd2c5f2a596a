# Output of deploy/dev. Progress goes to stderr; stdout carries only results.
# shellcheck shell=bash

say() { printf '%s\n' "$*" >&2; }
step() { printf '\n[%3ds] %s\n' "$SECONDS" "$*" >&2; }
warn() { printf 'warning: %s\n' "$*" >&2; }

# die MESSAGE [HINT]: ends the script; the hint says how to fix the problem.
die() {
  printf 'error: %s\n' "$1" >&2
  [[ -z ${2:-} ]] || printf '       %s\n' "$2" >&2
  exit 1
}

# wait_for SECONDS WHAT PIDFILE COMMAND...: polls a condition; fails early if the process has exited.
wait_for() {
  local limit=$((SECONDS + $1)) what=$2 pidfile=$3
  shift 3
  until "$@" >/dev/null 2>&1; do
    process_alive "$pidfile" || { say "$what exited during startup"; return 1; }
    ((SECONDS < limit)) || { say "timed out waiting for $what"; return 1; }
    sleep 0.1
  done
}
