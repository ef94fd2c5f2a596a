# All tests, on private servers: unit and integration tests under ASan and UBSan, end-to-end and chaos tests of the dev build,
# instruction counts of the hot path, fuzzing.
# shellcheck shell=bash

fuzz_seconds=20
failed_names=()
passed=0

count() { # count NAME COMMAND...: runs COMMAND and counts it as passed or failed
  local name=$1
  shift
  if "$@"; then passed=$((passed + 1)); else failed_names+=("$name"); fi
}

# run_ctest PRESET CTEST-ARGUMENTS...: runs test programs and counts their cases.
run_ctest() {
  local preset=$1 build="$root/.build/$1" good bad
  shift
  step "testing preset $preset: $*"
  rm -f "$build/ctest.xml" "$build"/tests/*.cases.xml
  ctest --test-dir "$build" --output-on-failure --no-tests=ignore --parallel "$(nproc)" --output-junit "$build/ctest.xml" "$@" >&2 || true
  read -r good bad < <(/usr/bin/python3 "$root/deploy/dev.d/summary.py" "$build/ctest.xml" "$build/tests")
  passed=$((passed + good))
  ((bad == 0)) || mapfile -t -O "${#failed_names[@]}" failed_names \
    < <(/usr/bin/python3 "$root/deploy/dev.d/summary.py" --failed "$build/ctest.xml" "$build/tests")
}

# A target starts from its seeds in tests/fuzz/corpus/NAME and keeps the inputs it finds in the build folder.
run_fuzz_target() {
  local target=$1 name work
  name=$(basename "$target")
  work="$root/.build/fuzz/corpus/$name"
  mkdir -p "$work"
  step "fuzzing $name for $fuzz_seconds s"
  local folders=("$work")
  [[ ! -d $root/tests/fuzz/corpus/$name ]] || folders+=("$root/tests/fuzz/corpus/$name")
  "$target" -max_total_time="$fuzz_seconds" -timeout=10 -artifact_prefix="$work-" "${folders[@]}" >"$work.log" 2>&1 &&
    { tail -n 1 "$work.log" >&2; return; }
  tail -n 40 "$work.log" >&2
  return 1
}

# Runs last on the servers, because it kills them.
run_reliability() {
  step "killing nodes, broker and database under load (reliability --short)"
  reliability_run dev "$test_instance" --short
}

# Counts instructions, which do not depend on the load of the machine.
run_compare() {
  build_preset release bench_hot_path || return
  step "counting the instructions of the hot path"
  "$root/tests/bench/compare" >&2
}

# End-to-end tests mostly wait, so the remaining builds run beside them. Their failures are reported by the steps that need them.
build_ahead() {
  renice -n 19 -p "$BASHPID" >/dev/null
  build_preset release bench_hot_path || true
  build_preset fuzz fuzzers || true
}

run_fuzz() {
  [[ -e $root/tests/fuzz/CMakeLists.txt ]] || return 0
  build_preset fuzz fuzzers || { failed_names+=("the build of preset fuzz"); return 0; }
  local target
  while read -r target; do
    count "$(basename "$target")" run_fuzz_target "$target"
  done < <(find "$root/.build/fuzz/tests/fuzz" -maxdepth 1 -type f -name 'fuzz_*' -executable | sort)
}

# Keeps the logs of a failed run until the next run.
remove_old_runs() {
  local dir
  instance_sweep
  for dir in "$root"/.dev/test-*/; do
    [[ ! -d $dir || -e $dir/owner.pid ]] || rm -rf "$dir"
  done
}

# test_end: stops the servers and prints the totals as the last line.
test_end() {
  local status=$? name
  trap - EXIT
  trap '' INT TERM HUP # a second Ctrl-C must not leave servers behind
  instance_stop "$test_instance"
  if ((status == 0 && ${#failed_names[@]} == 0)); then
    rm -rf "$(instance_folder "$test_instance")"
  else
    ((${#failed_names[@]})) || failed_names+=("deploy/dev test itself, with status $status")
    say ""
    for name in "${failed_names[@]}"; do say "FAILED: $name"; done
    say "the servers' logs are in $(instance_folder "$test_instance")/log"
    status=1
  fi
  echo "$passed passed, ${#failed_names[@]} failed"
  exit "$status"
}

command_test() {
  install_packages
  test_instance=test-$$
  remove_old_runs
  trap test_end EXIT
  trap 'exit 130' INT TERM HUP
  if (($# == 0)); then
    run_checks
    passed=$((passed + checks_passed))
    failed_names+=("${checks_failed[@]}")
  fi
  export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
  export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
  export LSAN_OPTIONS=suppressions=$root/tests/support/leaks.supp:print_suppressions=0
  instance_start "$test_instance" $$
  instance_export "$test_instance"
  build_preset asan || failed_names+=("the build of preset asan")
  run_ctest asan -L 'unit|integration' "$@"
  build_preset dev millrace end_to_end outages chaos_producer fault_proxy || failed_names+=("the build of preset dev")
  local ahead=
  if (($# == 0)); then
    build_ahead >"$root/.build/ahead.log" 2>&1 &
    ahead=$!
  fi
  run_ctest dev -L 'end_to_end|chaos' "$@"
  [[ -z $ahead ]] || wait "$ahead"
  (($#)) || count "the reliability run" run_reliability
  (($#)) || count "the instruction counts of the hot path" run_compare
  (($#)) || run_fuzz
}
