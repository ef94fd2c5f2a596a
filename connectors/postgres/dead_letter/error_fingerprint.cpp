#include "connectors/postgres/dead_letter/error_fingerprint.hpp"

#include <algorithm>
#include <cstdint>

namespace millrace::postgres {

namespace {

constexpr std::size_t shortest_hex_word = 8;  // a shorter one may be an ordinary word

// ASCII only, independent of the locale: a fingerprint must be the same everywhere.
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_hex_letter(char c) { return c >= 'a' && c <= 'f'; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_quote(char c) { return c == '\'' || c == '"' || c == '`'; }
bool ends_word(char c) { return is_space(c) || std::string_view{",;()[]{}<>=|"}.find(c) != std::string_view::npos; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool is_host_name(std::string_view word) {
  const auto dot = word.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || word.size() - dot < 3) return false;
  const auto last = word.substr(dot + 1);
  return std::all_of(last.begin(), last.end(), is_letter) &&
         std::all_of(word.begin(), word.end(), [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '.'; });
}

std::string_view kind_of(std::string_view word) {
  if (word.find("://") != std::string_view::npos || word.find('@') != std::string_view::npos || is_host_name(word))
    return "@";
  if (std::any_of(word.begin(), word.end(), is_digit)) return "#";
  if (word.size() >= shortest_hex_word && std::all_of(word.begin(), word.end(), is_hex_letter)) return "#";
  return word;
}

/// The word without trailing punctuation.
std::string_view core_of(std::string_view word) {
  while (!word.empty() && std::string_view{".:!?"}.find(word.back()) != std::string_view::npos) word.remove_suffix(1);
  return word;
}

}  // namespace

std::string normalised_error(std::string_view error) {
  std::string text(error);
  std::transform(text.begin(), text.end(), text.begin(), lower);
  const std::string_view all{text};
  std::string out;
  for (std::size_t at = 0; at < all.size();) {
    if (is_space(all[at])) {
      if (!out.empty() && out.back() != ' ') out += ' ';
      ++at;
      continue;
    }
    // A quote character at the start of a word opens a quotation; elsewhere it is an apostrophe.
    const auto end = is_quote(all[at]) ? all.find(all[at], at + 1) : std::string_view::npos;
    if (end != std::string_view::npos) {
      out += '?';
      at = end + 1;
      continue;
    }
    const auto* stop = std::find_if(all.begin() + at, all.end(), ends_word);
    const auto word = all.substr(at, static_cast<std::size_t>(stop - (all.begin() + at)));
    if (word.empty()) {
      out += all[at++];
      continue;
    }
    const auto core = core_of(word);
    out.append(kind_of(core)).append(word.substr(core.size()));
    at += word.size();
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

std::string error_fingerprint(std::string_view reason, std::string_view error) {
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a, 64 bits
  const auto add = [&hash](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  };
  add(reason);
  add("\n");
  add(normalised_error(error));
  std::string digits(16, '0');
  for (std::size_t i = 0; i < digits.size(); ++i) digits[15 - i] = "0123456789abcdef"[hash >> (4 * i) & 15];
  return digits;
}

}  // namespace millrace::postgres
