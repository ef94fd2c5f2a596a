#pragma once

#include "runtime/outcome.hpp"
#include "runtime/uuid.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <variant>

namespace millrace {

/// One publication of one task.
struct effect_key {
  std::string tenant;
  uuid id;
  std::uint32_t generation = 0;
  bool operator==(const effect_key&) const = default;
};

/// Remembers, outside any actor, the effects this process has started and whose outcome is not committed yet. An actor
/// that awaits an effect may be killed and restarted; the task, redelivered, then adopts the effect under way instead of
/// repeating it. All functions may be called from any thread. Holds as many entries as there are effects in flight.
class effect_journal {
 public:
  using listener = std::function<void(const outcome&)>;

  struct started {};    ///< new: execute it
  struct executing {};  ///< under way: attach and wait
  struct finished {     ///< over, but not committed: commit this
    outcome result;
  };
  using answer = std::variant<started, executing, finished>;

  /// Enters an effect that is about to be executed, unless it is there already.
  answer begin(const effect_key& key);
  /// The effect ended. The first outcome counts; false for later ones and for a forgotten key. Calls the listener.
  bool finish(const effect_key& key, outcome result);
  /// Who is told the outcome, in place of whoever was to be told before: called exactly once, on the thread that calls
  /// `finish`, or at once if the outcome is there. Called outside the lock, so it may use the journal. False, and never
  /// called, if the key is unknown.
  bool attach(const effect_key& key, listener told);
  /// The outcome is committed: a redelivery is now the database's to absorb.
  void forget(const effect_key& key);
  std::size_t size() const;

 private:
  struct entry {
    std::variant<executing, finished> state;
    listener told;
  };
  struct hash {
    std::size_t operator()(const effect_key& key) const noexcept;
  };

  mutable std::mutex mutex_;
  std::unordered_map<effect_key, entry, hash> entries_;
};

}  // namespace millrace
