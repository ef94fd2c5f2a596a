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

namespace millrace {

struct decoded_delivery;

/// One publication of one task.
struct effect_key {
  std::string tenant;
  uuid id;
  std::uint32_t generation = 0;
  bool operator==(const effect_key&) const = default;
};

inline effect_key in_flight_key(const task& t) { return {t.tenant, t.id, t.generation}; }

/// Remembers, outside any actor, the effects that this process has claimed and whose outcome is not committed yet. An actor
/// that awaits an effect may be killed and restarted; its successor then adopts the effect under way instead of repeating
/// it, also where the delivery has gone to another node, which waits for our outcome. All functions may be called from any
/// thread. Holds as many entries as there are deliveries in flight and effects under way.
class in_flight_effects {
 public:
  using listener = std::function<void(const outcome&)>;

  struct started {};    ///< new: execute it
  struct executing {};  ///< under way: attach and wait
  struct finished {     ///< over, but not committed: commit this
    outcome result;
  };
  using answer = std::variant<started, executing, finished>;

  in_flight_effects() = default;
  in_flight_effects(const in_flight_effects&) = delete;
  in_flight_effects& operator=(const in_flight_effects&) = delete;

  /// Keeps what is known of an effect, even past its commit, until the last copy is destroyed; which has to be before the
  /// in_flight is.
  using hold = std::shared_ptr<const void>;
  using delivery = std::shared_ptr<const decoded_delivery>;
  /// To be called before a delivery of `queue` is counted in the database; the hold is kept until `begin`. Without it, the
  /// outcome of an earlier delivery of the task could be committed and forgotten between the two, and the effect would be
  /// repeated. `what` is for who comes after: from now until `dismiss` or `forget` the task is among the `claimed`.
  [[nodiscard]] hold register_delivery(const effect_key& key, const std::string& queue, delivery what);
  /// What has been counted in that queue's name, or was about to be, and has no committed outcome; what has begun is first.
  std::vector<delivery> pending(const std::string& queue) const;
  /// Whether it has begun and its outcome is not committed.
  bool has_started(const effect_key& key) const;
  /// How many effects of that queue have begun and have no committed outcome.
  std::size_t under_way(const std::string& queue) const;
  /// The delivery that was kept is not to be executed here.
  void release_delivery(const effect_key& key, const delivery& what);
  /// Another process has the task: whatever comes of it here, nobody waits for it.
  void hand_over(const effect_key& key);

  /// Enters an effect that is about to be executed, unless it is there already.
  answer begin(const effect_key& key);
  /// The effect ended. The first outcome counts; false for later ones and for an effect that was not begun. Calls the
  /// listeners.
  bool finish(const effect_key& key, outcome result);
  /// Adds one who is told the outcome: two queues may each deliver the same task, and a restarted actor attaches beside its
  /// predecessor. Each is called exactly once, on the thread that calls `finish`, or at once if the outcome is there.
  /// Called outside the lock, so it may use the in_flight. False, and never called, if the effect was not begun.
  bool attach(const effect_key& key, listener told);
  /// Somebody wants the effect ended. It is up to its handler to look; nothing is interrupted.
  void request_cancel(const effect_key& key);
  bool cancel_requested(const effect_key& key) const;
  /// The outcome is committed: a redelivery is now the database's to absorb.
  void remove(const effect_key& key);
  std::size_t size() const;

 private:
  struct entry {
    std::variant<std::monostate, executing, finished> state;  ///< monostate: not begun
    delivery what;
    std::string queue;
    std::vector<listener> told;
    std::size_t holds = 0;
    bool committed = false;
    bool cancel_requested = false;
    bool has_started() const { return !std::holds_alternative<std::monostate>(state); }
    bool needed() const { return holds != 0 || what || (!committed && has_started()); }
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

}  // namespace millrace
