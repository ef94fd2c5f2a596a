#include "actors/background/scheduler.hpp"

#include "actors/background/due_schedules.hpp"
#include "actors/node/connector_options.hpp"
#include "connectors/postgres/cluster/schedule_store.hpp"
#include "monitoring/log/log.hpp"
#include "runtime/task/jitter.hpp"
#include "runtime/task/retry_policy.hpp"

#include <algorithm>

namespace millrace::actors {
namespace {

using namespace std::chrono_literals;
using monitoring::level;
using actor_self = caf::stateful_actor<scheduler_state>*;
using std::chrono::milliseconds;

constexpr milliseconds poll_interval = 1'000ms;  // for changes of the table and of the leader
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

void report(actor_self self, const due_schedules& pass) {
  auto& st = self->state;
  if (pass.leads != st.leads) {
    monitoring::log(level::info, pass.leads ? "leads the schedulers" : "no longer leads the schedulers");
    // A series that appears with its first run would hide that run from `increase`.
    for (auto& name : pass.enabled) st.shared->metrics.schedule_fired(name, 0, {});
    st.leads = pass.leads;
  }
  st.shared->metrics.scheduler_leads(pass.leads);
  st.shared->leads_schedulers = pass.leads;
  for (auto& p : pass.problems)
    monitoring::log(level::error, "schedule invalid; correct its cron expression or time zone",
                    {{"schedule", p.name}, {"error", p.message}});
  bool added = false;
  for (auto& f : pass.done) {
    st.shared->metrics.schedule_fired(f.name, f.fires, f.late);
    if (f.missed) monitoring::log(level::warn, "missed runs skipped, according to catch_up", {{"schedule", f.name}});
    monitoring::log(level::debug, "schedule fired",
                    {{"schedule", f.name}, {"fires", static_cast<std::uint64_t>(f.fires)}, {"late_us", f.late.count()}});
    added = added || f.fires > 0;
  }
  if (added) self->send(st.shared->directory.find("outbox relay"), outbox_added{std::chrono::system_clock::now()});
}

milliseconds failed(actor_self self, const postgres::failure& why) {
  auto& st = self->state;
  if (st.failures++ % 10 == 0)
    monitoring::log(level::warn, "schedules cannot be read; retrying", {{"sqlstate", why.sqlstate}, {"error", why.message}});
  st.shared->metrics.scheduler_leads(false);
  st.shared->leads_schedulers = false;
  st.leads = false;
  st.backend = 0;
  return after_failure.delay(st.failures, random_unit());
}

/// Runs a pass. Returns the time until the next one.
milliseconds run_pass(actor_self self) {
  auto& st = self->state;
  if (auto done = configure(self); !done) return failed(self, done.error());
  auto pass = run_schedules(*st.session, st.backend);
  if (!pass) return failed(self, pass.error());
  st.failures = 0;
  report(self, *pass);
  auto next = std::chrono::ceil<milliseconds>(pass->next.value_or(poll_interval));
  return std::clamp<milliseconds>(next, 1ms, poll_interval);
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
  return {[self](const tick&) { supervision::send_after(self, run_pass(self), tick{0}); }};
}

}  // namespace millrace::actors
