#pragma once

#include "config/settings.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace millrace::config {

/// Where a value lives in `settings`; the pointer's type is the option's type: duration, count, size in bytes, boolean,
/// text, secret, list of secrets.
using place =
    std::variant<milliseconds*, std::uint32_t*, std::uint64_t*, bool*, std::string*, secret*, std::vector<secret>*>;

/// What an option accepts. `least` and `most` are milliseconds, bytes, a count, or the number of items or characters.
struct limits {
  std::uint64_t least = 0;
  std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  std::vector<std::string> choices = {};  ///< of a text; empty: any
};

/// True for a secret and a list of secrets: values that are never shown and may be read from a file.
bool is_secret(const place& p);
bool is_list(const place& p);

/// Stores the texts (one, but for a list) at `p`; else says what is wrong and what to write, without the value itself.
std::optional<std::string> assign(const place& p, const limits& allowed, const std::vector<std::string>& texts);

/// The value as one would write it, `10s`, `16MiB`, `true`; a secret that is set is `********`.
std::string show(const place& p);

/// "duration", "size", "count", …
std::string type_name(const place& p);
/// The accepted range in words, "1s to 10m"; empty if there is none.
std::string range_text(const place& p, const limits& allowed);

std::string show_duration(milliseconds d);
std::string show_size(std::uint64_t bytes);

}  // namespace millrace::config
