#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The tasks that the benchmarks publish, the same for everyone who is measured.
namespace millrace::bench {

struct message {
  std::string queue;
  std::string type;
  std::string id;  ///< UUID text, made from `number` and the run's own part
  std::string body;
};

/// What a kind of task needs to be made.
struct recipe {
  std::string kind;         ///< one of `kinds`
  std::string queue;        ///< instead of the kind's own; empty: that one
  std::uint32_t accounts;   ///< of the ledger, for `transfer` and `accounts`
  std::string url;          ///< for `webhook`
  std::uint32_t run;        ///< part of every id
  std::size_t padding = 0;  ///< bytes of `memo` more than usual, for `inbox`
};

/// inbox, noop, transfer, accounts, email, webhook, report: tasks of Millrace. peer: the envelope in the body that the peers
/// of `tests/bench/peers` read. all: email, webhook, transfer and inbox in turn.
const std::vector<std::string_view>& kinds();

/// The task with that number, from 0.
message make_message(const recipe& r, std::uint64_t number);

}  // namespace millrace::bench
