#include "monitoring/http_server/listen_address.hpp"

#include <charconv>
#include <stdexcept>

namespace millrace::monitoring {

listen_address parse_listen_address(const std::string& bind) {
  const auto colon = bind.rfind(':');
  const std::string host = bind.substr(0, colon);
  const auto allowed = host.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:[]");
  listen_address out{host == "localhost" ? "127.0.0.1" : host, 0};
  const char* end = bind.data() + bind.size();
  const char* begin = colon == std::string::npos ? end : bind.data() + colon + 1;
  const auto [rest, failed] = std::from_chars(begin, end, out.port);
  if (failed != std::errc{} || rest != end || host.empty() || allowed != std::string::npos)
    throw std::runtime_error("cannot listen on '" + bind + "': not host:port");
  return out;
}

}  // namespace millrace::monitoring
