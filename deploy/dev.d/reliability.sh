# The reliability run: everything is killed while the work goes on, and nothing may be lost or doubled.
# shellcheck shell=bash

reliability_end() {
  local status=$?
  trap - EXIT
  trap '' INT TERM HUP
  instance_stop reliability
  exit "$status"
}

# command_reliability [--short] [--seed N] [--only PHASE]
command_reliability() {
  local build=$root/.build/release dir
  install_packages
  build_preset release millrace chaos_producer || die "the build failed" "its first error above says where"
  dir=$(instance_folder reliability)
  trap reliability_end EXIT
  trap 'exit 130' INT TERM HUP
  instance_start reliability $$
  instance_export reliability
  /usr/bin/python3 "$root/tests/chaos/reliability.py" --millrace "$build/runtime/millrace" \
    --producer "$build/tests/chaos_producer" --servers "$dir" "$@"
}
