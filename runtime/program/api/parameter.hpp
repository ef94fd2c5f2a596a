#pragma once

#include "runtime/program/api/problem.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The parameters of a request: a route declares them once; requests are checked against them, and the OpenAPI document is
/// generated from them.
namespace millrace::api {

enum class location : std::uint8_t { path, query, body };
enum class value_type : std::uint8_t {
  text,     ///< one line of UTF-8, `min` to `max` bytes
  integer,  ///< `min` to `max`
  number,   ///< `min` to `max`
  boolean,
  uuid,       ///< upper or lower case; stored in lower case
  uuids,      ///< a list of 1 to `max` UUIDs
  choice,     ///< one of `choices`
  timestamp,  ///< RFC 3339 with an offset
  any,        ///< any JSON
};

/// The names follow OpenAPI's parameter object.
struct parameter {
  std::string_view name;
  location in;
  value_type type;
  std::string_view description;
  bool required = false;
  double min = 1, max = 255;
  std::vector<std::string_view> choices{};
  bool nullable = false;  ///< accepts JSON null as a value of its own
};

/// The checked values of a request. Getters throw nlohmann::json::type_error if the parameter has another type.
class arguments {
 public:
  /// Parses and checks a request. Throws `problem` (invalid_request) with one entry for each invalid, missing or unknown
  /// parameter. `path` holds decoded path segments by name, `query` is still percent-encoded, and `body` is empty or a JSON
  /// object as `parse_json_object` reads it, nested up to 33 deep.
  static arguments read(const std::vector<parameter>& parameters, const std::map<std::string, std::string>& path,
                        std::string_view query, std::string_view body);

  bool has(std::string_view name) const;
  bool is_null(std::string_view name) const;
  // The value, or the default if the parameter is absent or null.
  std::string text(std::string_view name) const;
  std::int64_t integer(std::string_view name, std::int64_t fallback = 0) const;
  double number(std::string_view name, double fallback = 0) const;
  bool flag(std::string_view name) const;
  std::vector<std::string> texts(std::string_view name) const;
  std::optional<std::int64_t> timestamp_us(std::string_view name) const;
  const nlohmann::json& json() const { return values_; }

 private:
  nlohmann::json values_ = nlohmann::json::object();
};

/// The parameter's JSON Schema.
nlohmann::ordered_json schema_of(const parameter& p);

}  // namespace millrace::api
