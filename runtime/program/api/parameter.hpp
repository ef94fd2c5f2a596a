#pragma once

#include "runtime/program/api/problem.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What an operation takes: declared once per route, checked here, and told in the OpenAPI document.
namespace millrace::api {

enum class place : std::uint8_t { path, query, body };
enum class kind : std::uint8_t {
  text,     ///< UTF-8 on one line, `least` to `most` bytes
  integer,  ///< from `least` to `most`
  number,   ///< from `least` to `most`
  boolean,
  uuid,    ///< in any case; handed on in lower case
  uuids,   ///< a list of up to `most`
  choice,  ///< one of `choices`
  moment,  ///< RFC 3339 with an offset
  any,     ///< any JSON
};

struct parameter {
  std::string_view name;
  place in;
  kind of;
  std::string_view doc;
  bool required = false;
  double least = 1, most = 255;
  std::vector<std::string_view> choices{};
  bool nullable = false;  ///< JSON null is a value of its own
};

/// The values of a request, checked. Getters throw std::logic_error for what no field declares with that kind.
class arguments {
 public:
  /// Reads and checks all; throws `problem` (invalid_request) that names every field that is wrong or unknown. `query` is as
  /// it was sent; `body` is empty or a JSON object as `parse_json_object` reads it, nested up to 33 deep.
  static arguments read(const std::vector<parameter>& fields, const std::map<std::string, std::string>& path,
                        std::string_view query, std::string_view body);

  bool has(std::string_view name) const;
  bool is_null(std::string_view name) const;
  /// The value, or the default of its type.
  std::string text(std::string_view name) const;
  std::int64_t integer(std::string_view name, std::int64_t otherwise = 0) const;
  double number(std::string_view name, double otherwise = 0) const;
  bool flag(std::string_view name) const;
  std::vector<std::string> texts(std::string_view name) const;
  std::optional<std::int64_t> moment_us(std::string_view name) const;
  const nlohmann::json& json() const { return values_; }

 private:
  nlohmann::json values_ = nlohmann::json::object();
};

/// JSON Schema of the field.
nlohmann::ordered_json schema_of(const parameter& f);

/// The bytes of a percent-encoded text, or nothing if it is malformed; `plus_is_space` as in queries.
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space);

}  // namespace millrace::api
