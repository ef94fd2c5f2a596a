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

/// Bounds on a payload, the same for JSON and msgpack; checked before memory is asked for.
struct payload_limits {
  std::size_t max_depth = 32;
  std::size_t max_elements = 100'000;  ///< members and elements in all
  std::size_t max_text_bytes = 16 * 1024 * 1024;
};

/// Checks, without building a document, that `bytes` is one well-formed value: UTF-8 without NUL in texts, no duplicate keys
/// checked here, no trailing bytes, within the limits. Returns what is wrong, or nothing.
std::optional<std::string> check_payload(content_type content, std::string_view bytes, const payload_limits& limits = {});

/// The payload as a document. Fails like check_payload, and for duplicate keys. msgpack bin becomes text if it is UTF-8,
/// else an error; ext types are refused; map keys must be text.
tl::expected<nlohmann::json, std::string> parse_payload(content_type content, std::string_view bytes,
                                                        const payload_limits& limits = {});

/// Reads the members of an object and checks them; the first problem is kept and later reads return empty values, so that
/// a handler reads everything and then asks once. Names not read are unknown and refused by `finish`. Value and names must
/// outlive the reader.
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

  /// Notes a problem with a member, as the reads do.
  void fail(const char* name, const std::string& what);
  /// The first problem, e.g. "field 'amount': must be an integer"; also one for any member that was never read.
  std::optional<std::string> finish();
  bool ok() const noexcept { return !error_; }

 private:
  const nlohmann::json* object_ = nullptr;
  std::string path_;
  std::vector<std::string_view> read_;
  std::optional<std::string> error_;
};

}  // namespace millrace
