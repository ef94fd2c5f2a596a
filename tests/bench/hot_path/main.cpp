// Runs a single part of the hot path, whose instructions tests/bench/compare counts.
#include "tests/bench/hot_path/parts.hpp"

#include <charconv>
#include <gnu/libc-version.h>
#include <iostream>
#include <stdexcept>
#include <string>

using namespace millrace::bench;

namespace {

constexpr auto usage =
    "usage: bench_hot_path PART RUNS    prints how many tasks PART was taken through in RUNS runs\n"
    "       bench_hot_path --parts      their names\n"
    "       bench_hot_path --built-with what the instructions depend on beside the source\n";

// The first runs get new memory from the kernel and initialize objects that later runs reuse.
constexpr int warm_up_runs = 4;

std::size_t to_count(std::string_view text) {
  std::size_t count = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size())
    throw std::invalid_argument("RUNS must be a whole number, not '" + std::string{text} + "'");
  return count;
}

void measure(std::string_view name, std::size_t runs) {
  auto measured = make_part(name);
  for (int i = 0; i < warm_up_runs; ++i) measured->run();
  for (std::size_t i = 0; i < runs; ++i) measured->run();
  std::cout << runs * measured->tasks() << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  try {
    if (arguments.size() == 2) {
      measure(arguments[0], to_count(arguments[1]));
    } else if (arguments.size() == 1 && arguments[0] == "--parts") {
      for (auto name : part_names()) std::cout << name << '\n';
    } else if (arguments.size() == 1 && arguments[0] == "--built-with") {
      std::cout << "g++ " << __VERSION__ << ", glibc " << gnu_get_libc_version() << '\n';
    } else {
      std::cerr << usage;
      return 2;
    }
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "bench_hot_path: " << e.what() << '\n';
    return 1;
  }
}
