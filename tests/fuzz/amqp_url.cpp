#include "connectors/amqp/options.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto made = millrace::amqp::parse_url({reinterpret_cast<const char*>(data), size});
  if (made && (made->host.empty() || made->port == 0 || made->vhost.empty() || made->vhost.size() > 255)) std::abort();
  return 0;
}
