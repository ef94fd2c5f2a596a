#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace millrace::config {
class secret;
}  // namespace millrace::config

/// JSON logs on standard error, one object per line: time (RFC 3339, UTC), level, message, fields. Thread-safe.
namespace millrace::monitoring {

enum class level { debug, info, warn, error };

/// A key with a text, number or boolean value. Cannot be constructed from a `secret`.
class field {
 public:
  field(std::string_view key, std::string_view value);
  field(std::string_view key, const char* value) : field(key, std::string_view{value}) {}
  field(std::string_view key, const std::string& value) : field(key, std::string_view{value}) {}
  field(std::string_view key, std::int64_t value);
  field(std::string_view key, std::uint64_t value);
  field(std::string_view key, int value) : field(key, static_cast<std::int64_t>(value)) {}
  field(std::string_view key, double value);
  field(std::string_view key, unsigned value) : field(key, static_cast<std::uint64_t>(value)) {}
  /// Only for bool itself: a pointer would convert silently.
  field(std::string_view key, std::same_as<bool> auto value) : key_(key), json_(value ? "true" : "false") {}
  field(std::string_view key, const config::secret&) = delete;

  std::string_view key() const noexcept { return key_; }
  const std::string& json() const noexcept { return json_; }  ///< the value, as JSON text

 private:
  std::string_view key_;
  std::string json_;
};

/// Sets the threshold to "debug", "info", "warn" or "error"; returns false for any other text and changes nothing.
bool set_log_level(std::string_view name);
/// Sets fields for every following line, for example node and version. Call before threads start.
void set_log_context(std::initializer_list<field> fields);
bool enabled(level l) noexcept;
/// Writes one line. Invalid UTF-8 is replaced and control characters are escaped, so input cannot forge a line.
void log(level l, std::string_view message, std::initializer_list<field> fields = {});

}  // namespace millrace::monitoring
