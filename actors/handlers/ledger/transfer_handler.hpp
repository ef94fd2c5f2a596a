#pragma once

#include "runtime/task/handler.hpp"

#include <string_view>

namespace millrace::handlers {

/// Transfers money between two accounts of one tenant and one currency. docs/schemas/transaction.transfer.json describes the
/// payload. A transfer is posted at most once per (tenant, task id), permanently. The result is {"posted":true} or
/// {"posted":false,"reason":…} with a name of ledger::posting, or "id_reused" if the id was posted before with other values.
/// A refusal is final: it is stored with the task and never becomes a success.
class transfer_handler : public transactional_handler {
 public:
  static constexpr std::string_view type = "transaction.transfer";

  std::vector<outcome> execute(unit_of_work& work, std::span<const task> batch) override;
  std::string_view usual_result() const noexcept override;
};

}  // namespace millrace::handlers
