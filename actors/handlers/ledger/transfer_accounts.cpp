#include "actors/handlers/ledger/transfer_accounts.hpp"

#include "connectors/postgres/session/column_array.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_set>

namespace millrace::ledger {

namespace {

using postgres::column_array;

constexpr statement lock_rows{"ledger_lock", R"sql(
select u.place, a.currency, a.allow_negative, a.balance
from unnest($1::text[], $2::text[]) with ordinality as u(tenant, name, place)
join millrace.account a on a.tenant = coalesce(u.tenant, ($1::text[])[1]) and a.name = coalesce(u.name, ($2::text[])[1])
order by a.tenant, a.name
for no key update of a)sql"};

constexpr statement find_rows{"ledger_find", R"sql(
select u.place, t.debit = coalesce(u.debit, ($3::text[])[1]) and t.credit = coalesce(u.credit, ($4::text[])[1])
                and t.amount = coalesce(u.amount, ($5::bigint[])[1]) and t.currency = coalesce(u.currency, ($6::text[])[1])
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[]) with ordinality
     as u(id, tenant, debit, credit, amount, currency, place)
join millrace.transfer t on t.task_id = coalesce(u.id, ($1::uuid[])[1]) and t.tenant = coalesce(u.tenant, ($2::text[])[1]))sql"};

constexpr statement insert_rows{"ledger_insert", R"sql(
insert into millrace.transfer (task_id, tenant, debit, credit, amount, currency, memo)
select coalesce(u.id, ($1::uuid[])[1]), coalesce(u.tenant, ($2::text[])[1]), coalesce(u.debit, ($3::text[])[1]),
       coalesce(u.credit, ($4::text[])[1]), coalesce(u.amount, ($5::bigint[])[1]), coalesce(u.currency, ($6::text[])[1]),
       nullif(coalesce(u.memo, ($7::text[])[1]), '')
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[])
     as u(id, tenant, debit, credit, amount, currency, memo))sql"};

constexpr statement update_balances{"ledger_update", R"sql(
update millrace.account a
set balance = coalesce(u.balance, ($3::bigint[])[1])
from unnest($1::text[], $2::text[], $3::bigint[]) as u(tenant, name, balance)
where a.tenant = coalesce(u.tenant, ($1::text[])[1]) and a.name = coalesce(u.name, ($2::text[])[1]))sql"};

struct transfer_columns {
  column_array id, tenant, debit, credit, amount, currency, memo;

  explicit transfer_columns(std::span<const batch_transfer> batch) {
    for (const auto& [owner, request] : batch) {
      id.add(to_string(owner->id));
      tenant.add(owner->tenant);
      debit.add(request->debit);
      credit.add(request->credit);
      amount.add(request->amount);
      currency.add(request->currency);
      memo.add(request->memo);
    }
  }
};

}  // namespace

std::size_t locked_accounts::find(std::string_view tenant, std::string_view name) const {
  const auto found = places.find({tenant, name});
  return found == places.end() ? no_account : found->second;
}

locked_accounts lock_accounts(unit_of_work& work, std::span<const batch_transfer> batch) {
  std::unordered_set<account_key, account_key_hash> named;
  for (const auto& [owner, request] : batch) {
    named.insert({owner->tenant, request->debit});
    named.insert({owner->tenant, request->credit});
  }
  std::vector<account_key> order(named.begin(), named.end());
  std::sort(order.begin(), order.end(),
            [](auto& a, auto& b) { return std::tie(a.tenant, a.name) < std::tie(b.tenant, b.name); });
  column_array tenant, name;
  for (const auto& key : order) {
    tenant.add(key.tenant);
    name.add(key.name);
  }
  locked_accounts locked;
  for (const auto& row : work.exec(lock_rows, tenant.str(), name.str())) {
    locked.places.emplace(order.at(row[0].as<std::size_t>() - 1), locked.accounts.size());
    locked.accounts.push_back({row[1].c_str(), row[2].as<bool>(), row[3].as<std::int64_t>()});
  }
  return locked;
}

std::vector<posted_before> find_posted(unit_of_work& work, std::span<const batch_transfer> batch) {
  std::vector<posted_before> before(batch.size(), posted_before::no);
  if (batch.empty()) return before;
  transfer_columns c(batch);
  for (const auto& row :
       work.exec(find_rows, c.id.str(), c.tenant.str(), c.debit.str(), c.credit.str(), c.amount.str(), c.currency.str()))
    before.at(row[0].as<std::size_t>() - 1) = row[1].as<bool>() ? posted_before::same : posted_before::different;
  return before;
}

void insert_transfers(unit_of_work& work, std::span<const batch_transfer> posted) {
  if (posted.empty()) return;
  transfer_columns c(posted);
  work.exec(insert_rows, c.id.str(), c.tenant.str(), c.debit.str(), c.credit.str(), c.amount.str(), c.currency.str(),
            c.memo.str());
}

void write_balances(unit_of_work& work, const locked_accounts& now, std::span<const account> before) {
  column_array tenant, name, balance;
  bool changed = false;
  for (const auto& [key, place] : now.places) {
    if (now.accounts[place].balance == before[place].balance) continue;
    changed = true;
    tenant.add(key.tenant);
    name.add(key.name);
    balance.add(now.accounts[place].balance);
  }
  if (changed) work.exec(update_balances, tenant.str(), name.str(), balance.str());
}

}  // namespace millrace::ledger
