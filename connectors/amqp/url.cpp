#include "config/text/encoding.hpp"
#include "connectors/amqp/options.hpp"

#include <charconv>
#include <optional>

namespace millrace::amqp {
namespace {

/// Refuses NUL as well.
std::optional<std::string> decoded(std::string_view text) {
  auto bytes = text::percent_decoded(text);
  if (bytes && bytes->find('\0') != std::string::npos) return {};
  return bytes;
}

/// Removes the scheme; true for TLS, nothing for an unknown scheme.
std::optional<bool> take_scheme(std::string_view& url) {
  for (auto [scheme, tls] : {std::pair{"amqp://", false}, std::pair{"amqps://", true}}) {
    if (!url.starts_with(scheme)) continue;
    url.remove_prefix(std::string_view(scheme).size());
    return tls;
  }
  return {};
}

std::string read_login(std::string_view login, endpoint& to) {
  auto colon = login.find(':');
  auto user = decoded(login.substr(0, colon));
  if (!user) return "the user name is not percent-encoded correctly";
  to.user = *user;
  if (colon == std::string_view::npos) return {};
  auto password = decoded(login.substr(colon + 1));
  if (!password) return "the password is not percent-encoded correctly";
  to.password = config::secret(*password);
  return {};
}

std::string read_port(std::string_view text, endpoint& to) {
  unsigned port = 0;
  auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failed != std::errc{} || end != text.data() + text.size() || port == 0 || port > 65'535)
    return "the port is not a number from 1 to 65535";
  to.port = static_cast<std::uint16_t>(port);
  return {};
}

std::string read_authority(std::string_view authority, endpoint& to) {
  std::string_view host = authority, port;
  bool has_port = false;
  if (authority.starts_with('[')) {  // IPv6
    auto close = authority.find(']');
    if (close == std::string_view::npos) return "the host's '[' is not closed";
    host = authority.substr(1, close - 1);
    auto after = authority.substr(close + 1);
    if (!after.empty() && after[0] != ':') return "there is text between ']' and the port";
    has_port = !after.empty();
    if (has_port) port = after.substr(1);
  } else if (auto colon = authority.find(':'); colon != std::string_view::npos) {
    host = authority.substr(0, colon);
    port = authority.substr(colon + 1);
    has_port = true;
  }
  auto name = decoded(host);
  if (!name) return "the host is not percent-encoded correctly";
  if (name->empty()) return "the host is missing";
  to.host = *name;
  return has_port ? read_port(port, to) : std::string();
}

/// No path and an empty path both mean the default vhost "/": an empty vhost name does not occur in practice.
std::string read_vhost(std::string_view path, endpoint& to) {
  if (path.size() <= 1) return {};
  auto name = path.substr(1);
  if (name != "/" && name.find('/') != std::string_view::npos) return "the vhost has a '/' that is not written as %2F";
  auto vhost = decoded(name);
  if (!vhost) return "the vhost is not percent-encoded correctly";
  if (vhost->size() > 255) return "the vhost is longer than 255 bytes";
  to.vhost = *vhost;
  return {};
}

}  // namespace

tl::expected<endpoint, std::string> parse_url(std::string_view url) {
  auto wrong = [](const std::string& what) { return tl::unexpected("AMQP URL: " + what); };
  auto tls = take_scheme(url);
  if (!tls) return wrong("it must begin with amqp:// or amqps://");
  if (url.find_first_of("?#") != std::string_view::npos) return wrong("it has parameters ('?' or '#'); set them as options");
  endpoint made;
  made.tls = *tls;
  made.port = *tls ? 5671 : 5672;
  made.user = "guest";
  made.password = config::secret("guest");
  auto slash = url.find('/');
  auto authority = url.substr(0, slash);
  if (auto at = authority.rfind('@'); at != std::string_view::npos) {
    if (auto what = read_login(authority.substr(0, at), made); !what.empty()) return wrong(what);
    authority.remove_prefix(at + 1);
  }
  if (auto what = read_authority(authority, made); !what.empty()) return wrong(what);
  if (slash != std::string_view::npos)
    if (auto what = read_vhost(url.substr(slash), made); !what.empty()) return wrong(what);
  return made;
}

}  // namespace millrace::amqp
