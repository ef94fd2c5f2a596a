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

/// A quoted string of printable ASCII without blanks and angle brackets: these could end or fold a command or header.
bool valid_quoted(std::string_view text) {
  if (text.size() < 3 || text.back() != '"') return false;
  text = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"' || (text[i] == '\\' && ++i == text.size())) return false;
    if (text[i] <= ' ' || text[i] > '~' || text[i] == '<' || text[i] == '>') return false;
  }
  return true;
}

/// Atoms separated by single dots, or a quoted string.
bool valid_local_part(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  if (text.front() == '"') return valid_quoted(text);
  if (text.front() == '.' || text.back() == '.' || text.find("..") != std::string_view::npos) return false;
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

constexpr auto no_address = "is not a mail address";
constexpr auto blank_outside = "has a blank before or after the address";
constexpr auto several = "has more than one address in one text, or an '@' in an unquoted name";

/// The problem of an address without a name, or null.
const char* problem_of(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || text.size() > 254) return no_address;
  const auto local = text.substr(0, at), domain = text.substr(at + 1);
  if (!valid_local_part(local)) return local.find('@') != std::string_view::npos ? several : no_address;
  if (domain.starts_with('[')) return "has an address literal, which is not supported";
  if (!valid_domain(domain)) return no_address;
  const auto last_label = domain.substr(domain.rfind('.') + 1);  // the whole domain if it has no dot
  if (last_label.find_first_not_of("0123456789") == std::string_view::npos) return "has a domain that ends with a number";
  return nullptr;
}

/// True if a mail program might read an address in the text: an @, also in its two other widths.
bool has_at_sign(std::string_view text) {
  return text.find('@') != std::string_view::npos || text.find("\uff20") != std::string_view::npos ||
         text.find("\ufe6b") != std::string_view::npos;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

/// The display name without its quotes.
tl::expected<std::string, const char*> read_name(std::string_view text) {
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  if (!quoted && has_at_sign(text)) return tl::unexpected(several);
  if (text.size() > 256 || !is_clean_text(text) || text.find_first_of("<>") != std::string_view::npos)
    return tl::unexpected(no_address);
  if (!quoted && text.find('"') != std::string_view::npos) return tl::unexpected(no_address);
  if (!quoted) return std::string{text};
  std::string name;
  text = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') return tl::unexpected(no_address);
    if (text[i] == '\\' && ++i == text.size()) return tl::unexpected(no_address);
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

tl::expected<mailbox, const char*> parse_address(std::string_view text) {
  if (text.empty()) return tl::unexpected(no_address);
  if (text.front() == ' ' || text.back() == ' ') return tl::unexpected(blank_outside);
  mailbox result;
  if (text.back() == '>') {
    const auto open = text.rfind('<');
    if (open == std::string_view::npos) return tl::unexpected(no_address);
    auto name = read_name(trim(text.substr(0, open)));
    if (!name) return tl::unexpected(name.error());
    result.name = *std::move(name);
    text = text.substr(open + 1, text.size() - open - 2);
  }
  if (const char* problem = problem_of(text)) return tl::unexpected(problem);
  result.address = text;
  return result;
}

bool valid_address(const std::string& address) { return parse_address(address).has_value(); }

std::string_view domain_of(std::string_view bare) { return bare.substr(bare.rfind('@') + 1); }

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
