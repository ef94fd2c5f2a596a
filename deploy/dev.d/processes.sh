# Background processes, recorded as "pid start-time" so that a reused pid is never mistaken for ours.
# shellcheck shell=bash

# Field 22 of /proc/PID/stat, read after the command name because a name may hold blanks.
process_start_time() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

# process_record PIDFILE PID
process_record() { printf '%s %s\n' "$2" "$(process_start_time "$2")" >"$1"; }

# process_spawn PIDFILE LOGFILE COMMAND...: in a session of its own, so that Ctrl-C reaches the script only.
process_spawn() {
  local pidfile=$1 logfile=$2
  shift 2
  setsid "$@" </dev/null >>"$logfile" 2>&1 &
  process_record "$pidfile" $!
  disown
}

process_alive() {
  local pid started
  [[ -r $1 ]] && read -r pid started <"$1" && [[ -n $pid && $(process_start_time "$pid") == "$started" ]] || return 1
  # A zombie holds no port and no file; it only waits to be reaped.
  [[ $(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | cut -d' ' -f1) != Z ]]
}

# process_stop PIDFILE SIGNAL [SECONDS]: sends SIGNAL, waits, then sends SIGKILL. Succeeds if the process is not running.
process_stop() {
  local pidfile=$1 signal=$2 limit=$((SECONDS + ${3:-30})) pid
  if process_alive "$pidfile"; then
    read -r pid _ <"$pidfile"
    kill "-$signal" "$pid" 2>/dev/null || true
    while process_alive "$pidfile"; do
      if ((SECONDS >= limit)); then
        warn "process $pid did not stop on SIG$signal; killing it"
        kill -KILL "$pid" 2>/dev/null || true
        limit=$((SECONDS + 10))
      fi
      sleep 0.05
    done
  fi
  rm -f "$pidfile"
}

# free_ports COUNT: distinct loopback ports. They are below the kernel's ephemeral range, so that no outgoing
# connection takes one between this check and the server's bind.
free_ports() {
  /usr/bin/python3 - "$1" <<'PY'
import random, socket, sys
held = []
while len(held) < int(sys.argv[1]):
    s = socket.socket()
    try:
        s.bind(("127.0.0.1", random.randrange(20000, 32000)))
        held.append(s)
    except OSError:
        s.close()
print(*(s.getsockname()[1] for s in held))
PY
}
