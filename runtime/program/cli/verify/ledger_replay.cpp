#include "runtime/program/cli/verify/ledger_replay.hpp"

#include "actors/handlers/ledger/transfer_request.hpp"

#include <algorithm>
#include <limits>

namespace millrace::cli {
namespace {

using postgres::finding;
using postgres::ledger_decision;

constexpr std::size_t max_examples = 5;
/// An account's row shows when the transaction that opened it began, not when it was committed. A transfer that was refused
/// in between is right.
constexpr std::int64_t longest_opening_us = 10'000'000;

void report(finding& f, const std::string& example) {
  ++f.breaches;
  if (f.examples.size() < max_examples) f.examples.push_back(example);
}

task task_with(const postgres::task_payload_row& row) {
  task t;
  t.content = row.content_type == "application/msgpack" ? content_type::msgpack : content_type::json;
  t.payload = shared_bytes::own(row.payload);
  return t;
}

bool same(const postgres::posted_transfer_row& posted, const ledger::transfer_request& wanted) {
  return posted.debit == wanted.debit && posted.credit == wanted.credit && posted.amount == wanted.amount &&
         posted.currency == wanted.currency && posted.memo == wanted.memo;
}

std::string text_of(const postgres::posted_transfer_row& p) {
  return std::to_string(p.amount) + " " + p.currency + " " + p.debit + " to " + p.credit;
}

}  // namespace

ledger_replay::account* ledger_replay::find(const std::string& tenant, const std::string& name) {
  auto found = accounts_.find(tenant + "/" + name);
  return found == accounts_.end() ? nullptr : &found->second;
}

void ledger_replay::add(postgres::account_row row) {
  auto key = row.tenant + "/" + row.name;
  accounts_[std::move(key)].row = std::move(row);
}

void ledger_replay::add(const postgres::opening_row& opening) {
  ++openings_.of;
  const auto wanted = ledger::read_account_request(task_with(opening.task));
  const auto* opened = wanted ? find(opening.tenant, wanted->account) : nullptr;
  if (!opened || opened->row.currency != wanted->currency || opened->row.allow_negative != wanted->allow_negative)
    report(openings_, opening.task_id);
}

void ledger_replay::add(const ledger_decision& d) { d.refusal.empty() ? check_posted(d) : check_refused(d); }

void ledger_replay::check_posted(const ledger_decision& d) {
  const auto& posted = *d.posted;
  if (d.task) {
    ++payloads_.of;
    const auto wanted = ledger::read_transfer_request(task_with(*d.task));
    if (!wanted || !same(posted, *wanted)) report(payloads_, d.task_id + " posted " + text_of(posted));
  }
  ++forbidden_.of;
  auto *debit = find(d.tenant, posted.debit), *credit = find(d.tenant, posted.credit);
  if (!debit || !credit || debit->row.currency != posted.currency || credit->row.currency != posted.currency ||
      (d.decided_us >= ordered_since_ && !debit->row.allow_negative && debit->balance < posted.amount))
    report(forbidden_, d.task_id + " posted " + text_of(posted));
  move(debit, -posted.amount, d.batch_us);
  move(credit, posted.amount, d.batch_us);
}

void ledger_replay::move(account* side, std::int64_t amount, std::int64_t batch_us) {
  if (!side) return;
  if (side->last_batch_us != batch_us || !side->used) {
    side->in_batch = {side->balance};
    side->last_batch_us = batch_us;
  }
  side->used = true;
  // An overflow is an imbalance as well, which I3 reports.
  if (__builtin_add_overflow(side->balance, amount, &side->balance))
    side->balance = std::numeric_limits<std::int64_t>::max();
  side->in_batch.push_back(side->balance);
}

void ledger_replay::check_refused(const ledger_decision& d) {
  ++reasons_.of;
  if (!reason_holds(d)) report(reasons_, d.task_id + " " + d.refusal);
}

bool ledger_replay::reason_holds(const ledger_decision& d) {
  const auto wanted = ledger::read_transfer_request(task_with(d.task.value_or(postgres::task_payload_row{})));
  if (!wanted) return false;
  auto *debit = find(d.tenant, wanted->debit), *credit = find(d.tenant, wanted->credit);
  if (d.refusal == "id_reused") return d.posted && !same(*d.posted, *wanted);
  if (d.refusal == "amount_not_positive") return wanted->amount <= 0;
  if (d.refusal == "same_account") return wanted->debit == wanted->credit;
  if (d.refusal == "unknown_account") {
    const auto missing = [&](const account* a) {
      return !a || (!a->used && a->row.opened_us + longest_opening_us >= d.decided_us);
    };
    return missing(debit) || missing(credit);
  }
  if (!debit || !credit) return false;
  if (d.refusal == "currency_mismatch")
    return debit->row.currency != wanted->currency || credit->row.currency != wanted->currency;
  if (d.decided_us < ordered_since_) return true;
  // The order within a batch is not recorded for refusals: any balance that its batch has seen may have been the one.
  const auto any_balance = [&](const account& a, auto matches) {
    if (a.used && a.last_batch_us == d.batch_us) return std::any_of(a.in_batch.begin(), a.in_batch.end(), matches);
    return matches(a.balance);
  };
  std::int64_t ignored = 0;
  if (d.refusal == "insufficient_funds")
    return !debit->row.allow_negative && any_balance(*debit, [&](auto b) { return b < wanted->amount; });
  if (d.refusal == "overflow")
    return any_balance(*debit, [&](auto b) { return __builtin_sub_overflow(b, wanted->amount, &ignored); }) ||
           any_balance(*credit, [&](auto b) { return __builtin_add_overflow(b, wanted->amount, &ignored); });
  return false;
}

std::vector<finding> ledger_replay::findings() const { return {payloads_, forbidden_, reasons_, openings_}; }

}  // namespace millrace::cli
