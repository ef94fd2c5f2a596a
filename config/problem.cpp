#include "config/problem.hpp"

#include <algorithm>
#include <tuple>

namespace millrace::config {

std::string describe(const problem& p) {
  std::string out;
  if (!p.source.empty()) {
    out += p.source;
    if (p.line > 0) out += ":" + std::to_string(p.line);
    out += ": ";
  }
  out += p.level == severity::error ? "error: " : "warning: ";
  return out + p.message;
}

void sort(std::vector<problem>& problems) {
  // Problems with a line come first.
  auto key = [](const problem& p) { return std::tuple(p.line == 0, p.source, p.line); };
  std::stable_sort(problems.begin(), problems.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
}

std::string in_quotes(const std::string& text) {
  constexpr std::size_t longest = 80;
  std::string out = "'";
  for (char c : text.substr(0, longest)) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7f ? '?' : c;
  }
  if (text.size() > longest) out += "...";
  return out + "'";
}

}  // namespace millrace::config
