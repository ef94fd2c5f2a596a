// A content header's properties: what is accepted must be written as it was read.
#include "connectors/amqp/wire/properties_codec.hpp"

#include <cstdlib>

using namespace millrace::amqp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto props = decode_properties({reinterpret_cast<const char*>(data), size});
  if (!props) return 0;
  (void)to_json(props->headers);
  std::string once, twice;
  byte_writer first(once);
  encode_properties(first, *props);
  property_limits wide;
  wide.max_bytes *= 4;  // an octet becomes four when written
  auto again = decode_properties(once, wide);
  if (!first.ok() || !again) std::abort();
  byte_writer second(twice);
  encode_properties(second, *again);
  if (once != twice) std::abort();
  return 0;
}
