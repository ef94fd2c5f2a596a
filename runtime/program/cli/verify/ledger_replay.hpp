#pragma once

#include "connectors/postgres/verify/invariants.hpp"
#include "connectors/postgres/verify/ledger_decisions.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace millrace::cli {

/// Replays the ledger's decisions in order, with rules of its own, and compares each with the payload of its task: accounts
/// and amounts of posted transfers, and the reasons of refused ones. Its memory grows with the accounts, not with the
/// transfers.
class ledger_replay {
 public:
  /// `ordered_since`: the order is unknown for decisions before, so that rules about balances are not applied to them
  /// (`postgres::ledger_ordered_since`).
  explicit ledger_replay(std::int64_t ordered_since) : ordered_since_(ordered_since) {}

  /// First add all accounts, then all openings and decisions.
  void add(postgres::account_row row);
  void add(const postgres::opening_row& opening);
  /// Decisions must be added in the order of `postgres::read_ledger_decisions`.
  void add(const postgres::ledger_decision& decision);

  /// One finding for each rule.
  std::vector<postgres::finding> findings() const;

 private:
  struct account {
    postgres::account_row row;
    std::int64_t balance = 0;
    std::int64_t last_batch_us = 0;      ///< of the last transfer
    std::vector<std::int64_t> in_batch;  ///< balances before and during that batch
    bool used = false;                   ///< in a transfer
  };
  account* find(const std::string& tenant, const std::string& name);
  void check_posted(const postgres::ledger_decision& d);
  void check_refused(const postgres::ledger_decision& d);
  void move(account* side, std::int64_t amount, std::int64_t batch_us);
  bool reason_holds(const postgres::ledger_decision& d);

  std::int64_t ordered_since_;
  std::unordered_map<std::string, account> accounts_;
  postgres::finding payloads_{
      .invariant = "I2", .what = "posted transfers that differ from their task's payload", .examples = {}};
  postgres::finding forbidden_{
      .invariant = "I2", .what = "posted transfers that their accounts did not permit", .examples = {}};
  postgres::finding reasons_{.invariant = "I2", .what = "refused transfers whose reason did not hold", .examples = {}};
  postgres::finding openings_{
      .invariant = "I2", .what = "accounts that differ from the task that opened them", .examples = {}};
};

}  // namespace millrace::cli
