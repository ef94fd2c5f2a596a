#pragma once

#include "connectors/postgres/session/unit_of_work.hpp"

#include <cstddef>
#include <optional>

namespace millrace::postgres {

/// Number of accounts whose balance is not the sum of their entries, which is 0 in any snapshot. Reads all transfers, which
/// may take long; nothing if the session's statement timeout or an administrator cancelled it. Read-only; the transaction
/// can continue.
std::optional<std::size_t> count_imbalanced_accounts(unit_of_work& work);

}  // namespace millrace::postgres
