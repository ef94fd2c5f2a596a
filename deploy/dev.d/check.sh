# Static checks: format, include layers, clang-tidy, shellcheck, generated documentation.
# shellcheck shell=bash

our_folders=(config monitoring connectors runtime actors)

check_format() {
  find "${our_folders[@]/#/$root/}" "$root/tests" \( -name '*.cpp' -o -name '*.hpp' \) -print0 |
    xargs -0 clang-format --dry-run --Werror ||
    { say "fix it with: clang-format -i FILE"; return 1; }
}

check_layers() { /usr/bin/python3 "$root/deploy/dev.d/include_layers.py" "$root" >&2; }

# Shellcheck also reads the files that deploy/dev sources.
check_shell() { shellcheck --external-sources "$root/deploy/dev" "$root/.ci/run" "$root/tests/bench/run"; }

# Checks our own sources only: Boost.Test's macros raise findings of their own. It uses the compile commands of the asan
# preset, whose unity builds read each header a few times instead of a hundred times.
check_tidy() {
  local stamp=$root/.build/clang-tidy.passed log=$root/.build/clang-tidy.log began
  if [[ -e $stamp && -z $(find "${our_folders[@]/#/$root/}" "$root/.clang-tidy" -type f -newer "$stamp" -print -quit) ]]; then
    say "unchanged since the last run without findings"
    return
  fi
  configure_preset asan || return
  began=$(mktemp "$root/.build/clang-tidy.XXXXXX")
  if run-clang-tidy -quiet -p "$root/.build/asan" -j "$(nproc)" '/Unity/unity_' "^$root/(actors|runtime/program)/" >"$log" 2>&1; then
    mv "$began" "$stamp"
    return
  fi
  rm -f "$began"
  sed 's/\x1b\[[0-9;]*m//g' "$log" | grep -A 4 -E '^/[^ ]+: (warning|error):' >&2 || tail -n 20 "$log" >&2
  return 1
}

# docs/configuration.md is printed by the program from its option table.
check_docs() {
  local program=$root/.build/dev/runtime/millrace
  build_preset dev millrace || return
  diff -u "$root/docs/configuration.md" <("$program" config docs) >&2 ||
    { say "fix it with: .build/dev/runtime/millrace config docs >docs/configuration.md"; return 1; }
}

# run_checks: runs every check, so that one run reports all findings; sets checks_passed and checks_failed (names).
run_checks() {
  checks_passed=0 checks_failed=()
  local name
  for name in format layers shell docs tidy; do
    step "check: $name"
    if "check_$name"; then
      checks_passed=$((checks_passed + 1))
    else
      checks_failed+=("check: $name")
      say "FAILED: $name"
    fi
  done
}

command_check() {
  install_packages
  run_checks
  echo "$checks_passed checks passed, ${#checks_failed[@]} failed"
  ((${#checks_failed[@]} == 0))
}
