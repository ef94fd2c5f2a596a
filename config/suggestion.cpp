#include "config/suggestion.hpp"

#include <algorithm>
#include <numeric>

namespace millrace::config {

namespace {

/// Bounds the cost of hostile keys; longer names are not typing mistakes.
constexpr std::size_t longest = 128;

std::string_view last_part(std::string_view name) {
  const auto dot = name.rfind('.');
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitution = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, substitution});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

std::string nearest(std::string_view name, const std::vector<std::string>& valid) {
  if (name.size() > longest) return {};
  std::size_t best = std::max<std::size_t>(2, name.size() / 4) + 1;
  std::string found;
  for (const auto& candidate : valid) {
    const bool bare = name.find('.') == std::string_view::npos && last_part(candidate) == name;
    const std::size_t distance = bare ? 1 : edit_distance(name, candidate);
    if (distance < best) {
      best = distance;
      found = candidate;
    }
  }
  return found;
}

}  // namespace millrace::config
