#pragma once

#include "runtime/payload/content_type.hpp"

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// Limits of a payload, for JSON and msgpack alike. Checked before memory is allocated.
struct payload_limits {
  std::size_t max_depth = 32;
  std::size_t max_elements = 100'000;  ///< total number of members and elements
  std::size_t max_text_bytes = 16 * 1024 * 1024;
};

/// Checks, without building a document, that `bytes` is one well-formed value within the limits: UTF-8 without NUL in
/// strings, no trailing bytes. Does not check for duplicate keys. Returns an error message, or nullopt.
std::optional<std::string> check_payload(content_type content, std::string_view bytes, const payload_limits& limits = {});

/// Parses a payload. Fails like check_payload, and for duplicate keys. msgpack bin becomes a string if it is UTF-8 and is an
/// error otherwise; ext types are errors; map keys must be strings.
tl::expected<nlohmann::json, std::string> parse_payload(content_type content, std::string_view bytes,
                                                        const payload_limits& limits = {});

/// Reads and validates the members of an object. The first problem is kept, and later reads return empty values, so that a
/// handler reads everything and checks once. `finish` rejects members that were not read. Value and names must outlive the
/// reader.
class payload_reader {
 public:
  /// `path` prefixes error messages, e.g. "attachments[2].".
  explicit payload_reader(const nlohmann::json& value, std::string path = {});

  std::string text(const char* name, std::size_t min_bytes, std::size_t max_bytes);  ///< required
  std::string text_or(const char* name, std::string fallback, std::size_t max_bytes);
  std::int64_t integer(const char* name, std::int64_t min, std::int64_t max);  ///< required; no fractions, no bool
  std::int64_t integer_or(const char* name, std::int64_t fallback, std::int64_t min, std::int64_t max);
  bool boolean_or(const char* name, bool fallback);
  /// Any value; nullptr if absent or null.
  const nlohmann::json* member(const char* name);

  /// Records a problem with a member, like the reads do.
  void fail(const char* name, const std::string& what);
  /// The first problem, e.g. "field 'amount': must be an integer", including any member that was never read; nullopt if
  /// there is none.
  std::optional<std::string> finish();
  bool ok() const noexcept { return !error_; }

 private:
  const nlohmann::json* object_ = nullptr;
  std::string path_;
  std::vector<std::string_view> read_;
  std::optional<std::string> error_;
};

}  // namespace millrace
