#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The tasks that the benchmarks publish, identical for Millrace and its peers.
namespace millrace::bench {

struct message {
  std::string queue;
  std::string type;
  std::string id;  ///< UUID text, derived from `number` and `recipe::run`
  std::string body;
};

/// The parameters of a kind of task.
struct recipe {
  std::string kind;         ///< one of `kinds`
  std::string queue;        ///< empty: the queue of the kind
  std::uint32_t accounts;   ///< number of ledger accounts, for `transfer` and `accounts`
  std::string url;          ///< for `webhook`
  std::uint32_t run;        ///< part of every id
  std::size_t padding = 0;  ///< additional bytes of `memo`, for `inbox`
};

/// inbox, noop, transfer, accounts, email, webhook, report: tasks of Millrace. peer: the envelope in the body that the peers
/// of `tests/bench/peers` read. all: email, webhook, transfer and inbox alternately.
const std::vector<std::string_view>& kinds();

/// The task with that number, from 0.
message make_message(const recipe& r, std::uint64_t number);

}  // namespace millrace::bench
