#pragma once

#include <tl/expected.hpp>

#include <map>
#include <string>

namespace millrace::config {

using variables = std::map<std::string, std::string>;

/// Replaces `${NAME}` and `${NAME:-default}` from `env`; inserted text is not interpolated again. `$${` is a literal `${`.
/// The error names the missing variable and contains no values.
tl::expected<std::string, std::string> interpolate(const std::string& text, const variables& env);

/// Returns the content of the file for `file:/path`, without its trailing newline, and other text unchanged. The file must
/// be regular and at most 64 KiB.
tl::expected<std::string, std::string> read_secret(const std::string& text);

/// Reads a whole file of at most `most` bytes.
tl::expected<std::string, std::string> read_file(const std::string& path, std::size_t most);

}  // namespace millrace::config
