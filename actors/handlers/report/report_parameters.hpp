#pragma once

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The typed parameters of a report. They are bound to its SQL, never inserted into it.
namespace millrace::report {

enum class parameter_type {
  text,       ///< at most 1,024 bytes
  integer,    ///< 64 bits
  date,       ///< "2026-01-31"
  timestamp,  ///< RFC 3339
  boolean,
  tenant,  ///< the task's tenant; the payload cannot set it
};
std::optional<parameter_type> parameter_type_of(std::string_view name) noexcept;

struct parameter {
  std::string name;
  parameter_type type = parameter_type::text;
  std::optional<std::string> fallback;  ///< default value, in PostgreSQL's input format
};

/// Whether the text is a valid value of the type for PostgreSQL.
bool is_value(parameter_type type, std::string_view text);

/// The values to bind, in declaration order. `given` is an object, or nullptr. The error names the invalid, missing or
/// unknown parameter.
tl::expected<std::vector<std::string>, std::string> bind_parameters(const std::vector<parameter>& declared,
                                                                    const nlohmann::json* given, const std::string& tenant);

}  // namespace millrace::report
