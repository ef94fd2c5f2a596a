#pragma once

#include "actors/node/node_context.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace millrace::service {

/// Kills a random actor of the supervision tree every `interval`, for tests of supervision (`millrace serve
/// --fault-injection`). `seed` determines the choice. Owns its thread; the destructor stops it.
class actor_killer {
 public:
  actor_killer(actors::node_context& shared, std::chrono::milliseconds interval, std::uint64_t seed);
  ~actor_killer();
  actor_killer(const actor_killer&) = delete;
  actor_killer& operator=(const actor_killer&) = delete;

 private:
  void run(std::chrono::milliseconds interval, std::uint64_t seed);

  actors::node_context& shared_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace millrace::service
