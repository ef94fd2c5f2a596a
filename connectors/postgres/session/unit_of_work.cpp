#include "connectors/postgres/session/unit_of_work.hpp"

#include "config/text/encoding.hpp"

#include <charconv>
#include <stdexcept>

namespace millrace {

unit_of_work::unit_of_work(pqxx::connection_base& connection, pqxx::transaction_base& transaction,
                           std::unordered_set<std::string>& prepared)
    : connection_(connection), transaction_(transaction), prepared_(prepared) {}

// libpqxx only records the definition here and prepares at first use. A rollback does not discard a prepared statement, and
// a failed attempt is repeated at the next use.
void unit_of_work::prepare(const statement& s) {
  if (prepared_.contains(s.name)) return;
  connection_.prepare(s.name, s.sql);
  prepared_.emplace(s.name);
}

bool unit_of_work::attempt(const std::function<void()>& change) {
  transaction_.exec("savepoint attempt");
  try {
    change();
  } catch (const pqxx::unique_violation&) {
    transaction_.exec("rollback to savepoint attempt");
    return false;
  }
  transaction_.exec("release savepoint attempt");
  return true;
}

void text_array::separate() {
  if (closed_) throw std::logic_error("text_array: add after str");
  if (text_.size() > 1) text_ += ',';
}

void text_array::add(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) throw std::invalid_argument("text_array: text holds NUL");
  separate();
  text_ += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && text[plain] != '"' && text[plain] != '\\') ++plain;
    text_ += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    text_ += '\\';
    text_ += text[0];
    text.remove_prefix(1);
  }
  text_ += '"';
}

void text_array::add(long long number) {
  separate();
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  text_.append(digits, end);
}

void text_array::add_null() {
  separate();
  text_ += "NULL";
}

void text_array::add_bytes(std::string_view bytes) {
  separate();
  text_ += "\"\\\\x";
  text::append_hex(bytes, text_);
  text_ += '"';
}

const std::string& text_array::str() {
  if (!closed_) text_ += '}';
  closed_ = true;
  return text_;
}

}  // namespace millrace
