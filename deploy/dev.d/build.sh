# Configures and builds presets of CMakePresets.json into .build/PRESET.
# shellcheck shell=bash

# All checkouts of a machine share one compiler cache: paths below the checkout are treated as relative.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=true

configure_preset() {
  mkdir -p "$root/.build"
  (cd "$root" && cmake --preset "$1" >".build/$1.configure.log" 2>&1) && return
  tail -n 30 "$root/.build/$1.configure.log" >&2
  return 1
}

# build_preset PRESET [TARGET...]: builds all targets unless some are named. It continues after an error, so that one run reports all of them.
build_preset() {
  local preset=$1
  shift
  step "building preset $preset${*:+: $*}"
  configure_preset "$preset" || return
  NINJA_STATUS="[%es %f/%t] " cmake --build "$root/.build/$preset" --parallel "$(nproc)" ${1:+--target "$@"} -- -k 0 >&2
}

command_build() {
  install_packages
  build_preset "${1:-dev}" || die "the build of preset ${1:-dev} failed" "see the first error above"
}
