#pragma once

#include <tl/expected.hpp>

#include <map>
#include <string>

namespace millrace::config {

using variables = std::map<std::string, std::string>;

/// `text` with `${NAME}` and `${NAME:-default}` replaced from `env` (once: what is put in is not looked at again);
/// `$${` stands for a literal `${`. The error says which variable is missing, never what another one holds.
tl::expected<std::string, std::string> interpolate(const std::string& text, const variables& env);

/// For a secret: `file:/path` gives the file's content without the trailing newline, other text itself. The file must be
/// a regular one of at most 64 KiB.
tl::expected<std::string, std::string> read_secret(const std::string& text);

/// The whole file, or why not. `most` bounds what is read.
tl::expected<std::string, std::string> read_file(const std::string& path, std::size_t most);

}  // namespace millrace::config
