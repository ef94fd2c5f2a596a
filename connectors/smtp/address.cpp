#include "connectors/smtp/address.hpp"

#include "connectors/smtp/client.hpp"
#include "connectors/smtp/encoded_word.hpp"

#include <algorithm>
#include <cstddef>

namespace millrace::smtp {
namespace {

constexpr std::string_view letters_and_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view atom_specials = "!#$%&'*+-/=?^_`{|}~";

bool is_atom_char(char c) {
  return letters_and_digits.find(c) != std::string_view::npos || atom_specials.find(c) != std::string_view::npos;
}

/// Atoms separated by single dots.
bool valid_local_part(std::string_view text) {
  if (text.empty() || text.size() > 64 || text.front() == '.' || text.back() == '.') return false;
  if (text.find("..") != std::string_view::npos) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '.' || is_atom_char(c); });
}

bool valid_label(std::string_view text) {
  if (text.empty() || text.size() > 63 || text.front() == '-' || text.back() == '-') return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c == '-' || letters_and_digits.find(c) != std::string_view::npos; });
}

bool valid_domain(std::string_view text) {
  for (;;) {
    const auto dot = text.find('.');
    if (!valid_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool valid_bare(std::string_view text) {
  const auto at = text.find('@');
  return at != std::string_view::npos && text.size() <= 254 && valid_local_part(text.substr(0, at)) &&
         valid_domain(text.substr(at + 1));
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

/// The display name without its quotes; nothing if it is invalid.
std::optional<std::string> read_name(std::string_view text) {
  if (text.size() > 256 || !is_clean_text(text) || text.find_first_of("<>") != std::string_view::npos) return {};
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  if (!quoted) return text.find('"') == std::string_view::npos ? std::optional{std::string{text}} : std::nullopt;
  std::string name;
  text = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') return {};
    if (text[i] == '\\' && ++i == text.size()) return {};
    name += text[i];
  }
  return name;
}

std::string quote(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace

std::optional<mailbox> parse_address(std::string_view text) {
  if (text.empty() || text.back() != '>')
    return valid_bare(text) ? std::optional{mailbox{{}, std::string{text}}} : std::nullopt;
  const auto open = text.rfind('<');
  if (open == std::string_view::npos) return {};
  const auto bare = text.substr(open + 1, text.size() - open - 2);
  auto name = read_name(trim(text.substr(0, open)));
  if (!name || !valid_bare(bare)) return {};
  return mailbox{*std::move(name), std::string{bare}};
}

bool valid_address(const std::string& address) { return parse_address(address).has_value(); }

std::string_view domain_of(std::string_view bare) { return bare.substr(bare.find('@') + 1); }

std::string to_header(const mailbox& m) {
  if (m.name.empty()) return m.address;
  const bool atoms = std::all_of(m.name.begin(), m.name.end(), [](char c) { return c == ' ' || is_atom_char(c); });
  std::string name;
  if (!is_printable_ascii(m.name) || m.name.find("=?") != std::string::npos || m.name.size() > 60)
    name = encode_words(m.name);
  else
    name = atoms ? m.name : quote(m.name);
  return name + " <" + m.address + ">";
}

}  // namespace millrace::smtp
