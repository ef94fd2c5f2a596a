# The reliability run: kills nodes and servers under load and verifies that nothing is lost or doubled.
# shellcheck shell=bash

# reliability_end INSTANCE
reliability_end() {
  local status=$?
  trap - EXIT
  trap '' INT TERM HUP
  instance_stop "$1"
  exit "$status"
}

# reliability_run PRESET INSTANCE ARGUMENTS...: on a running instance, whose servers it kills and restarts.
reliability_run() {
  local build="$root/.build/$1" dir
  dir=$(instance_folder "$2")
  shift 2
  /usr/bin/python3 "$root/tests/chaos/reliability.py" --millrace "$build/runtime/millrace" \
    --producer "$build/tests/chaos/load/chaos_producer" --fault-proxy "$build/tests/chaos/proxy/fault_proxy" \
    --servers "$dir" "$@"
}

# command_mutants [--only NAME]... [--publish]: builds each defect of tests/chaos/mutants_list.py and runs the phase that must condemn it.
command_mutants() {
  install_packages
  trap 'reliability_end mutants' EXIT
  trap 'exit 130' INT TERM HUP
  instance_start mutants $$
  instance_export mutants
  /usr/bin/python3 "$root/tests/chaos/mutants.py" --servers "$(instance_folder mutants)" "$@"
}

# command_reliability [--short] [--seed N] [--only PHASE]... [--publish]: the full run, and one of some phases with
# --publish, writes the published figures.
command_reliability() {
  [[ ${1:-} != --mutants ]] || { command_mutants "${@:2}"; return; }
  local published=() given=() argument publish=no
  [[ " $* " == *" --short "* || " $* " == *" --only "* ]] || publish=yes
  for argument in "$@"; do
    if [[ $argument == --publish ]]; then publish=yes; else given+=("$argument"); fi
  done
  [[ $publish == no || " $* " != *" --short "* ]] || die "--short and --publish exclude each other" "only full sizes are published"
  install_packages
  build_preset release millrace chaos_producer fault_proxy || die "the build failed" "see the first error above"
  [[ $publish == no ]] || published=(--json "$root/docs/reliability.json" --page "$root/docs/reliability.md")
  trap 'reliability_end reliability' EXIT
  trap 'exit 130' INT TERM HUP
  instance_start reliability $$
  instance_export reliability
  reliability_run release reliability "${published[@]}" "${given[@]}"
}
