#pragma once

#include "runtime/task/handler.hpp"

#include <string_view>

namespace millrace {

/// Moves money between two accounts of one tenant and one currency. The payload is described by
/// docs/schemas/transaction.transfer.json. A transfer is posted once per (tenant, task id), for ever. The result is
/// {"posted":true} or {"posted":false,"reason":…} with a name of ledger::posting, or "id_reused" where the id was posted
/// before with other values. A refusal is a final answer: it is kept with the task and never becomes a success.
class transfer_handler : public transactional_handler {
 public:
  static constexpr std::string_view type = "transaction.transfer";

  std::vector<outcome> execute(unit_of_work& work, std::span<const task> batch) override;
  std::string_view usual_result() const noexcept override;
};

}  // namespace millrace
