// Prints the time per task of each part of the hot path. CI uses tests/bench/compare instead, which counts instructions.
#include "tests/bench/hot_path/parts.hpp"

#include <benchmark/benchmark.h>
#include <string>

using namespace millrace::bench;

namespace {

void measure(benchmark::State& state, std::string_view name) {
  auto measured = make_part(name);
  for (auto _ : state) measured->run();
  auto tasks = static_cast<double>(state.iterations()) * static_cast<double>(measured->tasks());
  state.SetItemsProcessed(static_cast<std::int64_t>(tasks));
  // The inverted rate is the time per task.
  state.counters["per_task"] = benchmark::Counter(tasks, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

}  // namespace

int main(int argc, char** argv) {
  for (auto name : part_names()) benchmark::RegisterBenchmark(std::string{name}.c_str(), measure, name);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
