#pragma once

#include "runtime/task/outcome.hpp"
#include "runtime/task/task.hpp"
#include "runtime/task/uuid.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace millrace::actors {

struct decoded_delivery;

/// One publication of one task.
struct effect_key {
  std::string tenant;
  uuid id;
  std::uint32_t generation = 0;
  bool operator==(const effect_key&) const = default;
};

inline effect_key in_flight_key(const task& t) { return {t.tenant, t.id, t.generation}; }

/// In-memory registry of the effects that this process has claimed and whose outcome is not committed yet. Lives outside any
/// actor: an actor that awaits an effect may be killed and restarted, and its successor adopts the running effect instead of
/// repeating it, even if the delivery went to another node, which then waits for our outcome. Thread-safe. Holds at most one
/// entry per delivery in flight and per running effect.
class in_flight_effects {
 public:
  using listener = std::function<void(const outcome&)>;

  struct started {};    ///< new: execute it
  struct executing {};  ///< running: add a listener and wait
  struct finished {     ///< finished, but not committed: commit this outcome
    outcome result;
  };
  using start_result = std::variant<started, executing, finished>;

  in_flight_effects() = default;
  in_flight_effects(const in_flight_effects&) = delete;
  in_flight_effects& operator=(const in_flight_effects&) = delete;

  /// Keeps an effect's entry, even past its commit, until the last copy is destroyed. Must not outlive the registry.
  using registration = std::shared_ptr<const void>;
  using delivery = std::shared_ptr<const decoded_delivery>;
  /// Call this before a delivery of `queue` is recorded in the database, and keep the registration until `start`. Without
  /// it, the outcome of an earlier delivery of the task could be committed and removed in between, and the effect would be
  /// repeated. `copy` is for the actor's successor: until `release_delivery`, `hand_over` or `remove` the task is in
  /// `pending`.
  [[nodiscard]] registration register_delivery(const effect_key& key, const std::string& queue, delivery copy);
  /// The deliveries of a queue that were registered and have no committed outcome, those of started effects first.
  std::vector<delivery> pending(const std::string& queue) const;
  /// Whether it has started and its outcome is not committed.
  bool has_started(const effect_key& key) const;
  /// The number of effects of that queue that have started and whose outcome is not committed.
  std::size_t count_running(const std::string& queue) const;
  /// The registered delivery is not executed by this process.
  void release_delivery(const effect_key& key, const delivery& copy);
  /// Another process has taken over the task. Its outcome here is discarded.
  void hand_over(const effect_key& key);

  /// Marks an effect as executing, unless it has started already.
  start_result start(const effect_key& key);
  /// Records the effect's outcome and calls the listeners. Returns false for any but the first outcome and for an effect
  /// that was not started.
  bool finish(const effect_key& key, outcome result);
  /// Adds a listener for the outcome: two queues may deliver the same task, and a restarted actor listens beside its
  /// predecessor. Each listener is called exactly once, outside the lock, on the thread that calls `finish`, or immediately
  /// if the outcome exists. Returns false, and never calls it, if the effect was not started.
  bool add_listener(const effect_key& key, listener added);
  /// Requests cancellation. The handler has to poll for it; nothing is interrupted.
  void request_cancel(const effect_key& key);
  bool cancel_requested(const effect_key& key) const;
  /// The outcome is committed: from now on the database deduplicates redeliveries.
  void remove(const effect_key& key);
  std::size_t size() const;

 private:
  struct entry {
    std::variant<std::monostate, executing, finished> state;  ///< monostate: not started
    delivery copy;
    std::string queue;
    std::vector<listener> listeners;
    std::size_t registrations = 0;
    bool committed = false;
    bool cancel_requested = false;
    bool has_started() const { return !std::holds_alternative<std::monostate>(state); }
    bool needed() const { return registrations != 0 || copy || (!committed && has_started()); }
  };
  struct hash {
    std::size_t operator()(const effect_key& key) const noexcept;
  };
  using entries = std::unordered_map<effect_key, entry, hash>;

  void release(const effect_key& key);
  entries::node_type extract_if_unneeded(entries::iterator found);

  mutable std::mutex mutex_;
  entries entries_;
};

}  // namespace millrace::actors
