#include "config/url_parts.hpp"

namespace millrace::config {

std::optional<url_parts> split_url(std::string_view url) {
  const auto colon = url.find("://");
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  url_parts out;
  out.scheme = url.substr(0, colon);
  std::string_view authority = url.substr(colon + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    out.has_user = true;
    out.user = authority.substr(0, at).substr(0, authority.find(':'));
    authority.remove_prefix(at + 1);
  }
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    out.host = authority.substr(1, end - 1);
  } else {
    out.host = authority.substr(0, authority.find(':'));
  }
  if (out.host.empty()) return std::nullopt;
  return out;
}

bool is_loopback(std::string_view host) {
  // A name such as 127.example.org must not pass for an address.
  const bool digits = host.find_first_not_of("0123456789.") == std::string_view::npos;
  return host == "localhost" || host == "::1" || (digits && host.starts_with("127."));
}

}  // namespace millrace::config
