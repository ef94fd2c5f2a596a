# The reliability run: kills nodes and servers under load and verifies that nothing is lost or doubled.
# shellcheck shell=bash

reliability_end() {
  local status=$?
  trap - EXIT
  trap '' INT TERM HUP
  instance_stop reliability
  exit "$status"
}

# reliability_run PRESET INSTANCE ARGUMENTS...: on a running instance, whose servers it kills and restarts.
reliability_run() {
  local build="$root/.build/$1" dir
  dir=$(instance_folder "$2")
  shift 2
  /usr/bin/python3 "$root/tests/chaos/reliability.py" --millrace "$build/runtime/millrace" \
    --producer "$build/tests/chaos/load/chaos_producer" --servers "$dir" "$@"
}

# command_reliability [--short] [--seed N] [--only PHASE]: the full run writes the published figures.
command_reliability() {
  local published=()
  install_packages
  build_preset release millrace chaos_producer || die "the build failed" "see the first error above"
  [[ " $* " == *" --short "* || " $* " == *" --only "* ]] || published=(--json "$root/docs/reliability.json" --page "$root/docs/reliability.md")
  trap reliability_end EXIT
  trap 'exit 130' INT TERM HUP
  instance_start reliability $$
  instance_export reliability
  reliability_run release reliability "${published[@]}" "$@"
}
