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

/// Liveness lock: an advisory lock under the process's identity, held by a separate connection as long as the process
/// exists. It shows the other nodes that the process is alive. PostgreSQL releases it when the connection ends: immediately
/// after a kill, about eleven seconds (tcp_keepalives, tcp_user_timeout) after the machine failed or was disconnected, and
/// not while the process is suspended. See docs/adr/0008. Its thread belongs to no actor, so that a restart of actors does
/// not release the lock.
///
/// The connection must reach the server itself: a transaction-pooling proxy would lose the lock.
class presence {
 public:
  /// Called on the presence's thread when the lock was taken, and when it was lost or could not be taken, with the reason.
  using listener = std::function<void(bool held, const std::string& why)>;

  presence(session_options options, std::string identity, listener on_change);
  /// Releases the lock.
  ~presence();
  presence(const presence&) = delete;
  presence& operator=(const presence&) = delete;

  /// True if the lock is held or is taken within `patience`.
  bool wait_until_held(std::chrono::milliseconds patience);
  /// Number of times the lock was taken; 0 while it is not held. Another node may have taken over tasks that were claimed in
  /// an earlier epoch.
  std::uint64_t epoch() const noexcept { return epoch_; }
  /// False while the lock is not held, and for ten seconds after it was taken again following a loss or a failed first
  /// connection. The server may have failed then, so the other nodes may not have reconnected yet and count as alive.
  bool others_are_back() const;

 private:
  void run();
  void hold_lock(session& s);
  void report(bool held, const std::string& why);
  bool stopping() const;

  session_options options_;
  std::string identity_;
  listener on_change_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false, stopping_ = false, was_lost_ = false;
  std::uint64_t taken_ = 0;
  std::atomic<std::uint64_t> epoch_{0};
  std::chrono::steady_clock::time_point held_since_;
  int wake_ = -1;  ///< an eventfd that interrupts the wait
  std::thread thread_;
};

/// Those of `identities` that hold no lock. Until the caller's transaction ends, no process can take their identity. For ten
/// seconds after the server started or recovered from a crash, all count as alive.
std::vector<std::string> dead_nodes(unit_of_work& work, const std::vector<std::string>& identities);

}  // namespace millrace::postgres
