#pragma once

#include "runtime/task/task_payload.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <string>

/// The payloads of the ledger's task types; see docs/schemas/.
namespace millrace::ledger {

struct account_request {
  std::string account;
  std::string currency;
  bool allow_negative = false;
};

struct transfer_request {
  std::string debit;
  std::string credit;
  std::int64_t amount = 0;  ///< minor units; the ledger checks the sign
  std::string currency;
  std::string memo;
};

/// Parses a payload; the error names the invalid field.
tl::expected<account_request, std::string> read_account_request(const task& t);
tl::expected<transfer_request, std::string> read_transfer_request(const task& t);

}  // namespace millrace::ledger
