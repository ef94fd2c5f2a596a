# Configures and builds presets of CMakePresets.json into .build/PRESET.
# shellcheck shell=bash

# One cache for every checkout of a machine: paths below the checkout count as relative.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=true

configure_preset() {
  mkdir -p "$root/.build"
  (cd "$root" && cmake --preset "$1" >".build/$1.configure.log" 2>&1) && return
  tail -n 30 "$root/.build/$1.configure.log" >&2
  return 1
}

# build_preset PRESET [TARGET...]: all targets unless some are named. It goes on after an error: one run tells all.
build_preset() {
  local preset=$1
  shift
  step "building preset $preset${*:+: $*}"
  configure_preset "$preset" || return
  NINJA_STATUS="[%es %f/%t] " cmake --build "$root/.build/$preset" --parallel "$(nproc)" ${1:+--target "$@"} -- -k 0 >&2
}

command_build() {
  install_packages
  build_preset "${1:-dev}" || die "the build of preset ${1:-dev} failed" "its first error above says where"
}
