#pragma once

#include "config/settings.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace millrace::config {

/// Pointer to a value in `settings`. Its type is the option's type: duration, count, size in bytes, boolean, text, secret,
/// list of secrets, list of texts.
using place = std::variant<milliseconds*, std::uint32_t*, std::uint64_t*, bool*, std::string*, secret*, std::vector<secret>*,
                           std::vector<std::string>*>;

/// Accepted values of an option. `least` and `most` are milliseconds, bytes, a count, or the number of items or characters.
struct limits {
  std::uint64_t least = 0;
  std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  std::vector<std::string> choices = {};  ///< of a text; empty: any
};

/// True for a secret and a list of secrets: their values are never shown and may be read from a file.
bool is_secret(const place& p);
bool is_list(const place& p);

/// Stores the texts (a single one unless `p` is a list) at `p`, or returns an error message that says what to write instead.
/// The message never contains the value.
std::optional<std::string> assign(const place& p, const limits& allowed, const std::vector<std::string>& texts);

/// The value as written in a file: `10s`, `16MiB`, `true`. A secret that is set is `********`; lists are separated by
/// commas.
std::string show(const place& p);

/// "duration", "size", "count", …
std::string type_name(const place& p);
/// The accepted range, for example "1s to 10m"; empty if unbounded.
std::string range_text(const place& p, const limits& allowed);

std::string show_duration(milliseconds d);
std::string show_size(std::uint64_t bytes);

}  // namespace millrace::config
