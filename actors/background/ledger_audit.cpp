#include "actors/background/ledger_audit.hpp"

#include "connectors/postgres/verify/ledger_check.hpp"
#include "monitoring/log/log.hpp"

#include <algorithm>

namespace millrace::actors {
namespace {

using namespace std::chrono_literals;
using actor_self = caf::stateful_actor<ledger_audit_state>*;
using clock = std::chrono::steady_clock;
using monitoring::level;

constexpr auto interval = 5min;
constexpr auto min_pause_factor = 10;  // as a multiple of the duration of the check

struct ledger_check {
  std::optional<std::size_t> imbalanced;
  clock::duration took;
};

ledger_check check(unit_of_work& work) {
  const auto began = clock::now();
  const auto imbalanced = postgres::count_imbalanced_accounts(work);
  return {imbalanced, clock::now() - began};
}

void report(node_context& shared, const ledger_check& found) {
  shared.metrics.imbalanced_accounts(found.imbalanced);
  const auto took = std::chrono::duration<double>(found.took).count();
  if (!found.imbalanced)
    monitoring::log(level::warn, "ledger check timed out", {{"seconds", took}});
  else if (*found.imbalanced > 0)
    monitoring::log(level::error, "ledger out of balance",
                    {{"accounts", static_cast<std::uint64_t>(*found.imbalanced)}, {"seconds", took}});
}

void on_result(actor_self self, const unit_result& result) {
  auto& st = self->state;
  st.running = false;
  st.next = clock::now() + interval;
  if (!result) {
    st.shared->metrics.imbalanced_accounts({});
    return monitoring::log(level::error, "ledger check failed", {{"error", result.error().message}});
  }
  const auto& found = std::any_cast<const ledger_check&>(*result);
  st.next = clock::now() + std::max<clock::duration>(interval, min_pause_factor * found.took);
  report(*st.shared, found);
}

void run_if_due(actor_self self) {
  auto& st = self->state;
  if (!st.shared->leads_schedulers) {
    st.shared->metrics.imbalanced_accounts({});
    st.next = {};
  } else if (!st.running && clock::now() >= st.next) {
    st.running = true;
    st.database->submit([](unit_of_work& work) { return std::any{check(work)}; },
                        [self](const unit_result& result) { on_result(self, result); });
  }
  supervision::send_after(self, 1'000ms, tick{0});
}

}  // namespace

caf::behavior ledger_audit(caf::stateful_actor<ledger_audit_state>* self, const node_ptr& shared) {
  self->state.shared = shared;
  self->state.database = std::make_unique<pool_client>(self, shared, "reports");
  self->set_down_handler([self](caf::down_msg& down) { self->state.database->on_down(down); });
  self->send(self, tick{0});
  return {
      [self](const tick&) { run_if_due(self); },
      [self](unit_done& answer) { self->state.database->on_done(answer); },
      [self](const pool_client::retry_message&) { self->state.database->on_retry(); },
  };
}

}  // namespace millrace::actors
