#include "config/text/json_escape.hpp"

#include <nlohmann/json.hpp>

namespace millrace::text {

std::string json_string(std::string_view text, json_characters as) {
  using json = nlohmann::json;
  return json(text).dump(-1, ' ', as == json_characters::ascii, json::error_handler_t::replace);
}

}  // namespace millrace::text
