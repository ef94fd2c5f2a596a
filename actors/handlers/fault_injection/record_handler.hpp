#pragma once

#include "runtime/task/handler.hpp"

#include <string_view>

namespace millrace::handlers {

/// Records every execution, for tests. Its effect is deliberately not idempotent: a row without a key in the table
/// millrace_test.execution (number bigint identity, task_id uuid, tenant text), so that a second execution is visible. The
/// migrations do not create that table; the test does. Registered only under `serve --fault-injection`.
///
/// Payload: {"number": any integer, "follow_ups": 0 to 100, default 0}. The task succeeds without a result and requests that
/// many follow-up tasks of the same type in its own queue.
class record_handler : public transactional_handler {
 public:
  static constexpr std::string_view type = "test.record";

  std::vector<outcome> execute(unit_of_work& work, std::span<const task> batch) override;
};

}  // namespace millrace::handlers
