#include "actors/background/ledger_audit.hpp"

#include "connectors/postgres/verify/ledger_check.hpp"
#include "monitoring/log/log.hpp"

#include <algorithm>

namespace millrace {
namespace {

using namespace std::chrono_literals;
using actor_self = caf::stateful_actor<ledger_audit_state>*;
using clock = std::chrono::steady_clock;
using monitoring::level;

constexpr auto interval = 5min;
constexpr auto least_rest = 10;  // in times of the look itself

struct ledger_look {
  std::optional<std::size_t> imbalanced;
  clock::duration took;
};

ledger_look look(unit_of_work& work) {
  const auto began = clock::now();
  const auto imbalanced = postgres::count_imbalanced_accounts(work);
  return {imbalanced, clock::now() - began};
}

void tell(node_context& shared, const ledger_look& found) {
  shared.metrics.imbalanced_accounts(found.imbalanced);
  const auto took = std::chrono::duration<double>(found.took).count();
  if (!found.imbalanced)
    monitoring::log(level::warn, "the ledger could not be checked in time", {{"seconds", took}});
  else if (*found.imbalanced > 0)
    monitoring::log(level::error, "the ledger is out of balance",
                    {{"accounts", static_cast<std::uint64_t>(*found.imbalanced)}, {"seconds", took}});
}

void looked(actor_self self, const unit_result& result) {
  auto& st = self->state;
  st.looking = false;
  st.next = clock::now() + interval;
  if (!result) {
    st.shared->metrics.imbalanced_accounts({});
    return monitoring::log(level::error, "the ledger cannot be checked", {{"error", result.error().message}});
  }
  const auto& found = std::any_cast<const ledger_look&>(*result);
  st.next = clock::now() + std::max<clock::duration>(interval, least_rest * found.took);
  tell(*st.shared, found);
}

void consider(actor_self self) {
  auto& st = self->state;
  if (!st.shared->leads_schedulers) {
    st.shared->metrics.imbalanced_accounts({});
    st.next = {};
  } else if (!st.looking && clock::now() >= st.next) {
    st.looking = true;
    st.database->submit([](unit_of_work& work) { return std::any{look(work)}; },
                        [self](const unit_result& result) { looked(self, result); });
  }
  send_after(self, 1'000ms, tick{0});
}

}  // namespace

caf::behavior ledger_audit(caf::stateful_actor<ledger_audit_state>* self, const node_ptr& shared) {
  self->state.shared = shared;
  self->state.database = std::make_unique<pool_client>(self, shared, "reports");
  self->set_down_handler([self](caf::down_msg& down) { self->state.database->on_down(down); });
  self->send(self, tick{0});
  return {
      [self](const tick&) { consider(self); },
      [self](unit_done& answer) { self->state.database->on_done(answer); },
      [self](const pool_client::retry_message&) { self->state.database->on_retry(); },
  };
}

}  // namespace millrace
