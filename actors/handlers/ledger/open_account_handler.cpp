#include "actors/handlers/ledger/open_account_handler.hpp"

#include "actors/handlers/ledger/transfer_request.hpp"
#include "connectors/postgres/session/column_array.hpp"

#include <map>
#include <optional>
#include <set>
#include <utility>

namespace millrace::handlers {

namespace {

constexpr std::string_view opened_result = R"({"opened":true,"existed":false})";

using ledger::account_request;
using postgres::column_array;
using account_key = std::pair<std::string, std::string>;  // tenant, name

struct attributes {
  std::string currency;
  bool allow_negative = false;
  bool operator==(const attributes&) const = default;
};
using account_table = std::map<account_key, attributes>;  // sorted: concurrent batches insert accounts in the same order

constexpr statement insert_accounts{"ledger_open", R"sql(
insert into millrace.account (tenant, name, currency, allow_negative)
select coalesce(u.tenant, ($1::text[])[1]), coalesce(u.name, ($2::text[])[1]), coalesce(u.currency, ($3::text[])[1]),
       coalesce(u.allow_negative, ($4::bool[])[1])
from unnest($1::text[], $2::text[], $3::text[], $4::bool[]) as u(tenant, name, currency, allow_negative)
on conflict do nothing
returning tenant, name)sql"};

constexpr statement read_accounts{"ledger_read", R"sql(
select a.tenant, a.name, a.currency, a.allow_negative
from unnest($1::text[], $2::text[]) as u(tenant, name)
join millrace.account a on a.tenant = coalesce(u.tenant, ($1::text[])[1]) and a.name = coalesce(u.name, ($2::text[])[1]))sql"};

std::set<account_key> insert_missing(unit_of_work& work, const account_table& wanted) {
  column_array tenant, name, currency, allow_negative;
  for (const auto& [key, account] : wanted) {
    tenant.add(key.first);
    name.add(key.second);
    currency.add(account.currency);
    allow_negative.add(account.allow_negative ? "true" : "false");
  }
  std::set<account_key> opened;
  for (const auto& row : work.exec(insert_accounts, tenant.str(), name.str(), currency.str(), allow_negative.str()))
    opened.emplace(row[0].c_str(), row[1].c_str());
  return opened;
}

account_table read_existing(unit_of_work& work, const account_table& wanted) {
  column_array tenant, name;
  for (const auto& [key, _] : wanted) {
    tenant.add(key.first);
    name.add(key.second);
  }
  account_table found;
  for (const auto& row : work.exec(read_accounts, tenant.str(), name.str()))
    found[{row[0].c_str(), row[1].c_str()}] = {row[2].c_str(), row[3].as<bool>()};
  return found;
}

}  // namespace

std::string_view open_account_handler::usual_result() const noexcept { return opened_result; }

std::vector<outcome> open_account_handler::execute(unit_of_work& work, std::span<const task> batch) {
  std::vector<outcome> outcomes(batch.size());
  std::vector<std::optional<account_request>> requests(batch.size());
  account_table wanted;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    auto request = ledger::read_account_request(batch[i]);
    if (!request) {
      outcomes[i] = dead{dead_reason::invalid_payload, request.error()};
      continue;
    }
    wanted.try_emplace({batch[i].tenant, request->account}, attributes{request->currency, request->allow_negative});
    requests[i] = *std::move(request);
  }
  if (wanted.empty()) return outcomes;

  auto opened = insert_missing(work, wanted);
  const auto existing = opened.size() == wanted.size() ? wanted : read_existing(work, wanted);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (!requests[i]) continue;
    const account_key key{batch[i].tenant, requests[i]->account};
    if (opened.erase(key) > 0)  // the first task of the batch opened it; for later ones it existed
      outcomes[i] = succeeded{std::string{opened_result}};
    else if (existing.at(key) == attributes{requests[i]->currency, requests[i]->allow_negative})
      outcomes[i] = succeeded{R"({"opened":true,"existed":true})"};
    else
      outcomes[i] = succeeded{R"({"opened":false,"reason":"different_attributes"})"};
  }
  return outcomes;
}

}  // namespace millrace::handlers
