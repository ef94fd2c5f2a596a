#include "actors/handlers/ledger/transfer_request.hpp"

#include <algorithm>
#include <limits>

namespace millrace::ledger {

namespace {

bool is_account_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == ':' ||
         c == '-';
}

std::string read_account(payload_reader& fields, const char* name) {
  auto account = fields.text(name, 1, 64);
  if (!std::all_of(account.begin(), account.end(), is_account_character))
    fields.fail(name, "may hold letters, digits, '.', '_', ':' and '-' only");
  return account;
}

std::string read_currency(payload_reader& fields) {
  auto currency = fields.text("currency", 3, 3);
  if (!std::all_of(currency.begin(), currency.end(), [](char c) { return c >= 'A' && c <= 'Z'; }))
    fields.fail("currency", "must be an ISO 4217 code of three capital letters");
  return currency;
}

}  // namespace

tl::expected<account_request, std::string> read_account_request(const task& t) {
  const auto payload = parse_payload(t);
  if (!payload) return tl::unexpected(payload.error());
  payload_reader fields(*payload);
  account_request wanted{.account = read_account(fields, "account"),
                         .currency = read_currency(fields),
                         .allow_negative = fields.boolean_or("allow_negative", false)};
  if (auto problem = fields.finish()) return tl::unexpected(*std::move(problem));
  return wanted;
}

tl::expected<transfer_request, std::string> read_transfer_request(const task& t) {
  const auto payload = parse_payload(t);
  if (!payload) return tl::unexpected(payload.error());
  payload_reader fields(*payload);
  using limits = std::numeric_limits<std::int64_t>;
  transfer_request wanted{.debit = read_account(fields, "debit"),
                          .credit = read_account(fields, "credit"),
                          .amount = fields.integer("amount", limits::min(), limits::max()),
                          .currency = read_currency(fields),
                          .memo = fields.text_or("memo", {}, 256)};
  if (auto problem = fields.finish()) return tl::unexpected(*std::move(problem));
  return wanted;
}

}  // namespace millrace::ledger
