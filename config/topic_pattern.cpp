#include "config/topic_pattern.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace millrace::config {
namespace {

constexpr std::string_view word_characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

std::vector<std::string_view> words_of(std::string_view pattern) {
  std::vector<std::string_view> words;
  for (std::size_t begin = 0; begin <= pattern.size();) {
    const auto end = std::min(pattern.find('.', begin), pattern.size());
    words.push_back(pattern.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

bool words_overlap(std::string_view a, std::string_view b) { return a == b || a == "*" || b == "*"; }

}  // namespace

bool is_topic_pattern(std::string_view pattern) {
  if (pattern.empty() || pattern.size() > 255) return false;
  return std::ranges::all_of(words_of(pattern), [](auto word) {
    const bool wildcard = word == "*" || word == "#";
    return wildcard || (!word.empty() && word.find_first_not_of(word_characters) == std::string_view::npos);
  });
}

bool topic_patterns_overlap(std::string_view a, std::string_view b) {
  const auto left = words_of(a), right = words_of(b);
  // overlap[j]: whether the words of `left` from i on and those of `right` from j on match a common key.
  std::vector<bool> overlap(right.size() + 1), below;
  for (auto i = left.size() + 1; i-- > 0;) {
    below = overlap;
    for (auto j = right.size() + 1; j-- > 0;) {
      const bool left_ends = i == left.size(), right_ends = j == right.size();
      if (left_ends && right_ends)
        overlap[j] = true;
      else if (!left_ends && left[i] == "#")
        overlap[j] = below[j] || (!right_ends && overlap[j + 1]);
      else if (!right_ends && right[j] == "#")
        overlap[j] = overlap[j + 1] || (!left_ends && below[j]);
      else
        overlap[j] = !left_ends && !right_ends && words_overlap(left[i], right[j]) && below[j + 1];
    }
  }
  return overlap[0];
}

}  // namespace millrace::config
