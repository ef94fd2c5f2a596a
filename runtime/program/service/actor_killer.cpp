#include "runtime/program/service/actor_killer.hpp"

#include "monitoring/log/log.hpp"

#include <random>

namespace millrace::service {

actor_killer::actor_killer(actors::node_context& shared, std::chrono::milliseconds interval, std::uint64_t seed)
    : shared_(shared), thread_([this, interval, seed] { run(interval, seed); }) {}

actor_killer::~actor_killer() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void actor_killer::run(std::chrono::milliseconds interval, std::uint64_t seed) {
  std::mt19937_64 engine{seed};
  monitoring::log(monitoring::level::warn, "fault injection: killing random actors", {{"seed", seed}});
  std::unique_lock lock{mutex_};
  while (!wake_.wait_for(lock, interval, [this] { return stopping_; })) {
    auto names = shared_.directory.names();
    if (names.empty()) continue;
    auto& victim = names[std::uniform_int_distribution<std::size_t>{0, names.size() - 1}(engine)];
    monitoring::log(monitoring::level::warn, "fault injection: actor killed", {{"actor", victim}});
    caf::anon_send_exit(shared_.directory.find(victim), caf::exit_reason::kill);
  }
}

}  // namespace millrace::service
