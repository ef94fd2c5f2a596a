#pragma once

#include "connectors/postgres/session/unit_of_work.hpp"

#include <string>

namespace millrace::postgres {

/// The key with which this installation seals its messages: 32 bytes, made by the migration.
std::string read_seal_key(unit_of_work& work);

}  // namespace millrace::postgres
