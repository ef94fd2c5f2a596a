#pragma once

#include "runtime/task/outcome.hpp"
#include "runtime/task/task.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace millrace {

class unit_of_work;    // connectors/postgres/session/unit_of_work.hpp
class effect_context;  // runtime/task/effect_context.hpp

/// Reports how an execution ended. Call it once, from any thread, immediately or later; further calls are ignored. A
/// completion that is destroyed uncalled counts as `retry`, so that a forgotten path cannot lose a task.
class completion {
 public:
  explicit completion(std::function<void(outcome)> report);
  void operator()(outcome result) const;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

/// Does all its work in SQL, in the transaction that also records the task, so its work takes effect exactly once or not at
/// all.
class transactional_handler {
 public:
  virtual ~transactional_handler() = default;

  /// Executes a batch in `work`'s transaction and returns one outcome per task, in order. All tasks are of this handler's
  /// type, and none was executed before. Use set-based SQL: one statement per batch, not one per task. May be called again
  /// with the same tasks after a rollback, so keep no state. Must not commit. May block: it runs on a database connection's
  /// thread. A database error that escapes rolls the batch back; data errors (SQLSTATE classes 22 and 23) are narrowed down
  /// to the task that causes them.
  virtual std::vector<outcome> execute(unit_of_work& work, std::span<const task> batch) = 0;

  /// The result (JSON text, or empty) with which most tasks of the type succeed. Rows are inserted with it, so that only a
  /// different outcome costs a second write. Must return the same value at every call.
  virtual std::string_view usual_result() const noexcept { return {}; }
};

/// Performs an effect outside the database. The effect happens at least once, always under the same task id. It repeats only
/// if the process dies between the remote side's acceptance and the commit.
class effect_handler {
 public:
  virtual ~effect_handler() = default;

  /// Starts the execution of one task and returns soon; `done` reports the outcome. Runs on an actor's thread: never block,
  /// use the clients in `context`. `context` stays valid until `done` has been called.
  virtual void execute(const task& t, effect_context& context, completion done) = 0;
};

}  // namespace millrace
