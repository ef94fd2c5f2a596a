#include "monitoring/log/json_escape.hpp"

#include <nlohmann/json.hpp>

namespace millrace::monitoring {

std::string json_text(std::string_view text) {
  constexpr std::size_t longest = 8 * 1024;
  using json = nlohmann::json;
  return json(text.substr(0, longest)).dump(-1, ' ', true, json::error_handler_t::replace);
}

}  // namespace millrace::monitoring
