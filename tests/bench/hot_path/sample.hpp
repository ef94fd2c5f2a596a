#pragma once

#include "tests/bench/feed/messages.hpp"

/// The task for all measurements. It equals an `inbox` task of bench_feed, with a body of about 170 bytes.
namespace millrace::bench {

constexpr std::string_view sample_tenant = "acme";

/// `number` counts from 0.
inline message sample(std::uint64_t number) {
  static const recipe inbox{.kind = "inbox", .queue = {}, .accounts = 1'000, .url = {}, .run = 1, .padding = 40};
  return make_message(inbox, number);
}

}  // namespace millrace::bench
