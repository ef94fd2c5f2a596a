# Output of deploy/dev: steps on stderr, so that stdout stays clean for what a command answers.
# shellcheck shell=bash

say() { printf '%s\n' "$*" >&2; }
step() { printf '\n[%3ds] %s\n' "$SECONDS" "$*" >&2; }
warn() { printf 'warning: %s\n' "$*" >&2; }

# die MESSAGE [HINT]: stops the script; the hint says what to do about it.
die() {
  printf 'error: %s\n' "$1" >&2
  [[ -z ${2:-} ]] || printf '       %s\n' "$2" >&2
  exit 1
}

# wait_for SECONDS WHAT PIDFILE COMMAND...: polls a condition; stops early when the process behind it has died.
wait_for() {
  local limit=$((SECONDS + $1)) what=$2 pidfile=$3
  shift 3
  until "$@" >/dev/null 2>&1; do
    process_alive "$pidfile" || { say "$what ended while it was starting"; return 1; }
    ((SECONDS < limit)) || { say "$what was not ready in time"; return 1; }
    sleep 0.1
  done
}
