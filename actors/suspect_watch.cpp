#include "actors/suspect_watch.hpp"

#include "monitoring/log.hpp"

namespace millrace {
namespace {

using namespace std::chrono_literals;
using actor_self = caf::stateful_actor<suspect_watch_state>*;
using found_ptr = std::shared_ptr<const std::vector<postgres::crash_key>>;

constexpr auto interval = 1'000ms;

void ask(actor_self self) {
  auto work = [](unit_of_work& w) {
    return std::any{std::make_shared<const std::vector<postgres::crash_key>>(postgres::find_suspects(w))};
  };
  self->state.database->submit(work, [self](unit_result result) {
    if (result)
      set_suspects(*self->state.shared, *std::any_cast<found_ptr>(*result));
    else
      monitoring::log(monitoring::level::error, "suspects cannot be read", {{"error", result.error().message}});
    send_after(self, interval, tick{0});
  });
}

}  // namespace

void set_suspects(node& shared, const std::vector<postgres::crash_key>& found) {
  std::vector<suspects::key> keys;
  keys.reserve(found.size());
  for (auto& f : found)
    if (auto id = uuid::parse(f.id)) keys.push_back({f.tenant, *id});
  shared.metrics.crash_suspects(keys.size());
  shared.suspected.replace(std::move(keys));
}

caf::behavior suspect_watch(caf::stateful_actor<suspect_watch_state>* self, node_ptr shared) {
  auto& st = self->state;
  st.database = std::make_unique<pool_client>(self, shared, "tasks");
  st.shared = std::move(shared);
  self->set_down_handler([self](caf::down_msg& down) { self->state.database->on_down(down); });
  send_after(self, interval, tick{0});
  return {
      [self](const tick&) { ask(self); },
      [self](unit_done& answer) { self->state.database->on_done(answer); },
      [self](const pool_client::retry_message&) { self->state.database->on_retry(); },
  };
}

}  // namespace millrace
