#pragma once

#include "actors/handlers/ledger/transfer_posting.hpp"
#include "actors/handlers/ledger/transfer_request.hpp"
#include "connectors/postgres/session/unit_of_work.hpp"
#include "runtime/task/task.hpp"

#include <functional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

/// Access to the ledger's tables for one batch of transfers.
namespace millrace::ledger {

/// A transfer and its task. Both outlive the batch.
struct batch_transfer {
  const task* owner;
  const transfer_request* request;
};

/// Identifies an account.
struct account_key {
  std::string_view tenant, name;
  bool operator==(const account_key&) const = default;
};
struct account_key_hash {
  std::size_t operator()(const account_key& key) const noexcept {
    std::hash<std::string_view> hash;
    return hash(key.tenant) * 31 + hash(key.name);
  }
};

/// The locked accounts of a batch.
struct locked_accounts {
  std::unordered_map<account_key, std::size_t, account_key_hash> places;  ///< index in `accounts`
  std::vector<account> accounts;

  std::size_t find(std::string_view tenant, std::string_view name) const;
};

/// Locks the accounts in the order of their keys, so that concurrent batches cannot deadlock.
locked_accounts lock_accounts(unit_of_work& work, std::span<const batch_transfer> batch);

enum class posted_before { no, same, different };
/// Finds task ids that already have a transfer, which is possible only after retention removed the task's row.
std::vector<posted_before> find_posted(unit_of_work& work, std::span<const batch_transfer> batch);

void insert_transfers(unit_of_work& work, std::span<const batch_transfer> posted);
/// Writes the balances that differ from `before`.
void write_balances(unit_of_work& work, const locked_accounts& now, std::span<const account> before);

}  // namespace millrace::ledger
