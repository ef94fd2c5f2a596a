#pragma once

#include "connectors/postgres/session/session.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace millrace::postgres {

/// Shows the other nodes that this process lives: an advisory lock under its identity, held by a connection of its own for
/// as long as the process exists. PostgreSQL lets go of it when the connection ends: at once after a kill, after about
/// eleven seconds (tcp_keepalives, tcp_user_timeout) when the machine is gone or cut off, and not while the process is only
/// stopped. See docs/adr/0008. Its thread belongs to no actor, so that no restart of actors looks like a death.
///
/// The connection must reach the server itself: a pooler that lends connections by the transaction would lose the lock.
class presence {
 public:
  /// Told, on the presence's thread, when the lock is held, and when it is not and why.
  using listener = std::function<void(bool held, const std::string& why)>;

  presence(session_options options, std::string identity, listener told);
  /// Lets go of the lock.
  ~presence();
  presence(const presence&) = delete;
  presence& operator=(const presence&) = delete;

  /// Whether the lock is, or within `patience` becomes, held.
  bool wait_until_held(std::chrono::milliseconds patience);
  /// Counts how often the lock was taken; 0 while it is not held. Work that was claimed in another epoch may be another
  /// node's by now.
  std::uint64_t epoch() const noexcept { return epoch_; }
  /// False while the lock is not held, and for ten seconds after it was lost, or the first connection failed, and it is held
  /// again: as it was the server that let go of it, the other nodes may not be back yet, and each counts as alive.
  bool others_are_back() const;

 private:
  void run();
  void keep_hold(session& s);
  void tell(bool held, const std::string& why);
  bool stopping() const;

  session_options options_;
  std::string identity_;
  listener told_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false, stopping_ = false, was_lost_ = false;
  std::uint64_t taken_ = 0;
  std::atomic<std::uint64_t> epoch_{0};
  std::chrono::steady_clock::time_point held_since_;
  int wake_ = -1;  ///< an eventfd that ends the wait for the connection's end
  std::thread thread_;
};

/// Of the nodes of that identity, those that hold no lock. In the caller's transaction, until whose end no process can take
/// their identity. For ten seconds after the server started, or recovered from a crash, all count as alive.
std::vector<std::string> dead_nodes(unit_of_work& work, const std::vector<std::string>& identities);

}  // namespace millrace::postgres
