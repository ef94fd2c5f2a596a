#include "actors/background/scheduler.hpp"

#include "actors/background/due_schedules.hpp"
#include "actors/node/connector_options.hpp"
#include "connectors/postgres/cluster/schedule_store.hpp"
#include "monitoring/log/log.hpp"
#include "runtime/task/jitter.hpp"
#include "runtime/task/retry_policy.hpp"

#include <algorithm>

namespace millrace {
namespace {

using namespace std::chrono_literals;
using monitoring::level;
using actor_self = caf::stateful_actor<scheduler_state>*;
using std::chrono::milliseconds;

constexpr milliseconds look_interval = 1'000ms;  // for what others change in the table, and for the lead
constexpr retry_policy after_failure{100ms, 5'000ms};

tl::expected<void, postgres::failure> configure(actor_self self) {
  auto& st = self->state;
  if (*st.configured) return {};
  std::vector<postgres::configured_schedule> wanted;
  for (auto& [name, s] : st.shared->settings.schedules)
    wanted.push_back({name, s.tenant, s.cron, s.timezone, s.type, s.payload, s.queue, s.catch_up});
  auto written = st.session->run([&](unit_of_work& work) { postgres::configure_schedules(work, wanted); });
  if (written) *st.configured = true;
  return written;
}

void tell(actor_self self, const due_schedules& round) {
  auto& st = self->state;
  if (round.leads != st.leads) {
    monitoring::log(level::info, round.leads ? "leads the schedulers" : "no longer leads the schedulers");
    // The increase of a series that begins with its first fire would miss that fire.
    for (auto& name : round.enabled) st.shared->metrics.schedule_fired(name, 0, {});
    st.leads = round.leads;
  }
  st.shared->metrics.scheduler_leads(round.leads);
  st.shared->leads_schedulers = round.leads;
  for (auto& p : round.problems)
    monitoring::log(level::error, "schedule cannot fire; correct it", {{"schedule", p.name}, {"error", p.what}});
  bool added = false;
  for (auto& f : round.done) {
    st.shared->metrics.schedule_fired(f.name, f.fires, f.late);
    if (f.missed)
      monitoring::log(level::warn, "schedule missed fires, which its catch_up passes over", {{"schedule", f.name}});
    monitoring::log(level::debug, "schedule fired",
                    {{"schedule", f.name}, {"fires", static_cast<std::uint64_t>(f.fires)}, {"late_us", f.late.count()}});
    added = added || f.fires > 0;
  }
  if (added) self->send(st.shared->directory.find("outbox relay"), outbox_added{std::chrono::system_clock::now()});
}

milliseconds failed(actor_self self, const postgres::failure& why) {
  auto& st = self->state;
  if (st.failures++ % 10 == 0)
    monitoring::log(level::warn, "schedules cannot be looked at, trying again",
                    {{"sqlstate", why.sqlstate}, {"error", why.message}});
  st.shared->metrics.scheduler_leads(false);
  st.shared->leads_schedulers = false;
  st.leads = false;
  st.backend = 0;
  return after_failure.delay(st.failures, random_unit());
}

/// The wait until the next look.
milliseconds look(actor_self self) {
  auto& st = self->state;
  if (auto done = configure(self); !done) return failed(self, done.error());
  auto round = run_schedules(*st.session, st.backend);
  if (!round) return failed(self, round.error());
  st.failures = 0;
  tell(self, *round);
  auto next = std::chrono::ceil<milliseconds>(round->next.value_or(look_interval));
  return std::clamp<milliseconds>(next, 1ms, look_interval);
}

}  // namespace

caf::behavior scheduler(caf::stateful_actor<scheduler_state>* self, node_ptr shared,
                        std::shared_ptr<std::atomic<bool>> configured) {
  auto& st = self->state;
  st.shared = std::move(shared);
  st.configured = std::move(configured);
  auto options = task_session(st.shared->settings, "millrace scheduler " + st.shared->name);
  st.session = std::make_unique<postgres::session>(std::move(options));
  self->send(self, tick{0});
  return {[self](const tick&) { send_after(self, look(self), tick{0}); }};
}

}  // namespace millrace
