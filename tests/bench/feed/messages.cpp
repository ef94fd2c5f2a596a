#include "tests/bench/feed/messages.hpp"

#include <array>
#include <cstdio>
#include <stdexcept>

namespace millrace::bench {
namespace {

constexpr auto memo = "benchmark transfer of a realistic size for a job payload";

std::string id_of(const recipe& r, std::uint64_t number) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%08x-0000-4000-8000-%012llx", r.run, static_cast<unsigned long long>(number));
  return text.data();
}

std::string account(std::uint64_t number) { return "acct-" + std::to_string(number); }

std::string posting(const recipe& r, std::uint64_t n) {
  auto debit = n % r.accounts;
  auto credit = (n * 7 + 1) % r.accounts;
  if (credit == debit) credit = (credit + 1) % r.accounts;
  return R"({"debit":")" + account(debit) + R"(","credit":")" + account(credit) + R"(","amount":)" +
         std::to_string(n % 100 + 1) + R"(,"currency":"USD","memo":")" + memo + std::string(r.padding, 'x') + "\"}";
}

message peer(const recipe& r, std::uint64_t n) {
  auto id = id_of(r, n);
  return {"peers", "transaction.transfer", id,
          R"({"id":")" + id + R"(","type":"transaction.transfer","tenant":"acme","payload":)" + posting(r, n) +
              R"(,"created_at":"2026-11-20T00:00:00Z"})"};
}

message email(const recipe& r, std::uint64_t n) {
  return {"email", "notification.email", id_of(r, n),
          R"({"to":["customer@example.org"],"subject":"Payment )" + std::to_string(n) +
              R"( has arrived","text":"Dear customer,\n\nyour payment has arrived and was booked.\n"})"};
}

message webhook(const recipe& r, std::uint64_t n) {
  return {"webhook", "notification.webhook", id_of(r, n),
          R"({"url":")" + r.url + R"(","event":"payment.booked","data":{"number":)" + std::to_string(n) + "}}"};
}

}  // namespace

const std::vector<std::string_view>& kinds() {
  static const std::vector<std::string_view> all{"inbox",   "noop",   "transfer", "accounts", "email",
                                                 "webhook", "report", "peer",     "all"};
  return all;
}

message make_message(const recipe& r, std::uint64_t n) {
  auto& k = r.kind;
  auto made = [&]() -> message {
    if (k == "inbox") return {"data-processing", "bench.inbox", id_of(r, n), posting(r, n)};
    if (k == "noop") return {"data-processing", "bench.noop", id_of(r, n), posting(r, n)};
    if (k == "transfer") return {"data-processing", "transaction.transfer", id_of(r, n), posting(r, n)};
    if (k == "accounts")
      return {"data-processing", "ledger.open_account", id_of(r, n),
              R"({"account":")" + account(n) + R"(","currency":"USD","allow_negative":true})"};
    if (k == "email") return email(r, n);
    if (k == "webhook") return webhook(r, n);
    if (k == "report") return {"data-processing", "report.run", id_of(r, n), R"({"report":"bench_rows","parameters":{}})"};
    if (k == "peer") return peer(r, n);
    throw std::invalid_argument("there is no kind of task '" + k + "'");
  };
  auto m = k == "all" ? (n % 4 == 0   ? email(r, n)
                         : n % 4 == 1 ? webhook(r, n)
                         : n % 4 == 2 ? message{"priority", "transaction.transfer", id_of(r, n), posting(r, n)}
                                      : message{"data-processing", "bench.inbox", id_of(r, n), posting(r, n)})
                      : made();
  if (!r.queue.empty()) m.queue = r.queue;
  return m;
}

}  // namespace millrace::bench
