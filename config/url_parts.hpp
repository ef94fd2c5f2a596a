#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace::config {

/// The parts of a URL needed to check whether a setting is safe. Connectors parse their URLs completely on their own.
struct url_parts {
  std::string scheme;
  std::string user;
  std::string host;  ///< without the brackets of IPv6
  bool has_user = false;
};

/// Nothing if `url` is not of the form `scheme://[user[:password]@]host[:port][/…]`.
std::optional<url_parts> split_url(std::string_view url);

/// True for localhost, 127.0.0.0/8 and ::1.
bool is_loopback(std::string_view host);

}  // namespace millrace::config
