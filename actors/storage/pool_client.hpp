#pragma once

#include "actors/node/messages.hpp"
#include "actors/node/node_context.hpp"

#include <functional>
#include <map>
#include <string>

namespace millrace::actors {

/// An actor's client of a postgres pool. Keeps submitted units until they are answered, so that a restart of the pool loses
/// none. The owner forwards `unit_done`, DOWN messages and its `retry_message` timer. Not thread-safe: part of its actor.
class pool_client {
 public:
  using done = std::function<void(unit_result)>;

  pool_client(caf::event_based_actor* self, node_ptr shared, std::string pool);

  /// Runs `work` in its own transaction and calls `when_done` on the actor's thread, unless the actor ends first. After a
  /// restart of the pool the work is submitted again, so it may run twice, even concurrently.
  void submit(unit_work work, done when_done);
  void on_done(unit_done& answer);
  /// Returns true if the pool ended; open units are then submitted to its successor.
  bool on_down(const caf::down_msg& down);
  /// Looks up the pool's successor.
  void on_retry();
  /// Answers all open units with `why`, for an owner that ends.
  void fail_all(const postgres::failure& why);
  std::size_t open() const noexcept { return open_.size(); }

  /// The timer message that the owner passes to `on_retry`.
  struct retry_message {};

 private:
  struct entry {
    unit_work work;
    done when_done;
    bool sent = false;
  };
  void send_all();

  caf::event_based_actor* self_;
  node_ptr shared_;
  std::string name_;
  caf::actor pool_;
  std::map<std::uint64_t, entry> open_;
  std::uint64_t next_ = 1;
};

}  // namespace millrace::actors

MILLRACE_LOCAL_MESSAGE(millrace::actors::pool_client::retry_message)
