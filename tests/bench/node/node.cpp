// `millrace serve` with two additional task types: one without work in the database, and one without an external effect.
// Settings come from MILLRACE_… variables, as in the program itself.
#include "config/loader.hpp"
#include "monitoring/log/log.hpp"
#include "runtime/program/cli/stop_signals.hpp"
#include "runtime/program/heap_limits.hpp"
#include "runtime/program/service/service.hpp"
#include "runtime/task/effect_context.hpp"
#include "runtime/task/handler.hpp"

#include <csignal>
#include <iostream>

using namespace millrace;
using namespace millrace::program;
using namespace std::chrono_literals;

namespace {

/// Writes nothing besides its inbox row.
class inbox_only : public transactional_handler {
 public:
  static constexpr auto type = "bench.inbox";
  std::vector<outcome> execute(unit_of_work&, std::span<const task> batch) override {
    return std::vector<outcome>(batch.size());
  }
};

class no_op : public effect_handler {
 public:
  static constexpr auto type = "bench.noop";
  void execute(const task&, effect_context&, completion done) override { done(succeeded{}); }
};

void serve(config::settings settings) {
  monitoring::set_log_level(settings.monitoring.log_level);
  cli::stop_signals signals;  // before any thread starts, so that every thread inherits the signal mask
  auto grace = settings.shutdown_grace;
  millrace::service::service node{std::move(settings)};
  node.shared().handlers->add<inbox_only>({});
  node.shared().handlers->add<no_op>({.backoff = {}, .concurrency = 10'000});
  while (!node.join(1s))
    if (signals.wait_for(0s)) return;
  node.start([&signals] { signals.notify(); });
  if (!signals.wait()) throw std::runtime_error("the supervision tree ended");
  node.drain(grace);
}

}  // namespace

int main() {
  std::signal(SIGPIPE, SIG_IGN);
  set_heap_limits();
  try {
    auto loaded = config::load({.environment = config::process_environment()});
    if (!loaded) {
      for (auto& p : loaded.error()) std::cerr << describe(p) << '\n';
      return 2;
    }
    serve(loaded->values);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "bench_node: " << e.what() << '\n';
    return 1;
  }
}
