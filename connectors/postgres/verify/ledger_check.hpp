#pragma once

#include "connectors/postgres/session/unit_of_work.hpp"

#include <cstddef>
#include <optional>

namespace millrace::postgres {

/// Accounts whose balance is not the sum of their entries: none, in any snapshot. Reads every transfer there is, which takes
/// long where there are many; none if the session's statement time-out, or somebody, ended it before. Changes nothing; the
/// transaction can go on.
std::optional<std::size_t> count_imbalanced_accounts(unit_of_work& work);

}  // namespace millrace::postgres
