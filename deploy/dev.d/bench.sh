# The benchmarks of Millrace, with --peers also of other systems at the same work, on private servers.
# shellcheck shell=bash

bench_end() {
  local status=$?
  trap - EXIT
  trap '' INT TERM HUP
  instance_stop "$bench_instance"
  ((status != 0)) || rm -rf "$(instance_folder "$bench_instance")" # keep the logs after a failure
  exit "$status"
}

# bench_build_peers FOLDER: Go uses the library sources of Debian's packages.
bench_build_peers() {
  local here=$root/tests/bench/peers
  mkdir -p "$1"
  gcc -O2 -Wall -Wextra -o "$1/limit" "$here/limit.c" -I"$(pg_config --includedir)" -lrabbitmq -lpq &&
    GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS= go build -o "$1/go_peer" "$here/go/main.go"
}

# command_bench [--quick] [--peers] [--only CASE...] [--rounds N] [--json FILE] [--page FILE]
command_bench() {
  local build=$root/.build/release packages=(packages packages.bench) python=(/usr/bin/python3 "$root/tests/bench/bench.py")
  case " $* " in *" --help "* | *" -h "*)
    "${python[@]}" --help
    return
    ;;
  esac
  "${python[@]}" --build "$build" --check "$@" # reject wrong arguments before anything is installed or built
  [[ " $* " != *" --peers "* ]] || packages+=(packages.peers)
  install_packages "${packages[@]}"
  build_preset release millrace bench_feed bench_node bench_smtp_sink ||
    die "the build failed" "see the first error above"
  if [[ " $* " == *" --peers "* ]]; then
    step "building the peers"
    bench_build_peers "$build/tests/bench/peers" || die "the peers could not be built" "see the error above"
  fi
  bench_instance=bench-$$
  trap bench_end EXIT
  trap 'exit 130' INT TERM HUP
  # A million messages exceed the memory of a test broker, which would block the publisher. Statistics use the broker's
  # default interval.
  rabbitmq_memory=8GB rabbitmq_sampling_ms=5000 instance_start "$bench_instance" $$
  instance_export "$bench_instance"
  "${python[@]}" --build "$build" --servers "$(instance_folder "$bench_instance")" "$@"
}
