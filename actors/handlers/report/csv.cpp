#include "actors/handlers/report/csv.hpp"

namespace millrace::csv {

void append_field(std::string& line, std::string_view value, bool guard) {
  const bool formula = guard && !value.empty() && std::string_view("=+-@\t\r").find(value.front()) != std::string_view::npos;
  if (value.find_first_of(",\"\r\n") == std::string_view::npos) {
    if (formula) line += '\'';
    line += value;
    return;
  }
  line += '"';
  if (formula) line += '\'';
  for (const char c : value) {
    if (c == '"') line += '"';
    line += c;
  }
  line += '"';
}

}  // namespace millrace::csv
