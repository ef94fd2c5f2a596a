#pragma once

#include "runtime/task/handler.hpp"

#include <string_view>

namespace millrace::handlers {

/// Opens a ledger account. docs/schemas/ledger.open_account.json describes the payload. Opening an existing account succeeds
/// with the same currency and the same `allow_negative`, and is permanently refused otherwise:
/// {"opened":true,"existed":false}, {"opened":true,"existed":true} or {"opened":false,"reason":"different_attributes"}. The
/// initial balance is 0: money enters the ledger by transfers from an account that may be negative.
class open_account_handler : public transactional_handler {
 public:
  static constexpr std::string_view type = "ledger.open_account";

  std::vector<outcome> execute(unit_of_work& work, std::span<const task> batch) override;
  std::string_view usual_result() const noexcept override;
};

}  // namespace millrace::handlers
