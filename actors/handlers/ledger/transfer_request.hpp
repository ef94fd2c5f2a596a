#pragma once

#include "runtime/task/task_payload.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <string>

/// What the payloads of the ledger's task types ask for; see docs/schemas/.
namespace millrace::ledger {

struct account_request {
  std::string account;
  std::string currency;
  bool allow_negative = false;
};

struct transfer_request {
  std::string debit;
  std::string credit;
  std::int64_t amount = 0;  ///< minor units; the ledger judges its sign
  std::string currency;
  std::string memo;
};

/// Reads a payload, or says which field is wrong.
tl::expected<account_request, std::string> read_account_request(const task& t);
tl::expected<transfer_request, std::string> read_transfer_request(const task& t);

}  // namespace millrace::ledger
