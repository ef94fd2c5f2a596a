#include "tests/bench/hot_path/parts.hpp"

#include <stdexcept>
#include <string>

namespace millrace::bench {

const std::vector<std::string_view>& part_names() {
  static const std::vector<std::string_view> all{"parse", "decode_json", "decode_msgpack", "batch", "columns", "settle"};
  return all;
}

std::unique_ptr<part> make_part(std::string_view name) {
  if (name == "parse") return parse();
  if (name == "decode_json") return decode(content_type::json);
  if (name == "decode_msgpack") return decode(content_type::msgpack);
  if (name == "batch") return batch();
  if (name == "columns") return columns();
  if (name == "settle") return settle();
  throw std::invalid_argument("there is no part '" + std::string{name} + "' of the hot path");
}

}  // namespace millrace::bench
