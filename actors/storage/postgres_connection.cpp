#include "actors/storage/postgres_connection.hpp"

#include "monitoring/log/log.hpp"
#include "runtime/task/jitter.hpp"
#include "runtime/task/retry_policy.hpp"

#include <exception>
#include <thread>

namespace millrace::actors {
namespace {

using namespace std::chrono_literals;
using monitoring::level;
using postgres::failure_class;
using actor_self = caf::stateful_actor<postgres_connection_state>*;

constexpr int max_runs = 10;               ///< of one unit in a row; then it is queued again
constexpr std::uint32_t max_timeouts = 2;  ///< of one unit: then the unit is too slow, not the server
constexpr retry_policy reconnect{100ms, 5'000ms};
constexpr retry_policy rerun{5ms, 200ms};

void connect(actor_self self) {
  auto& st = self->state;
  auto connected = st.session->connect();
  if (!connected) {
    if (st.failed_connects++ % 10 == 0)
      monitoring::log(level::warn, "database unavailable; reconnecting",
                      {{"pool", st.pool}, {"error", connected.error().message}});
    st.shared->metrics.database_failure(st.pool, to_string(connected.error().kind));
    st.shared->health.report("database " + st.pool, false, connected.error().message);
    return supervision::send_after(self, reconnect.delay(st.failed_connects, random_unit()), tick{0});
  }
  if (st.was_connected) st.shared->metrics.reconnected("postgres_" + st.pool);
  st.was_connected = true;
  st.failed_connects = 0;
  self->send(st.shared->directory.find("postgres pool " + st.pool), connection_ready{caf::actor_cast<caf::actor>(self)});
}

void return_unit(actor_self self, run_unit unit, const std::string& why) {
  auto& st = self->state;
  auto me = caf::actor_cast<caf::actor>(self);
  self->send(st.shared->directory.find("postgres pool " + st.pool), connection_lost{me, std::move(unit), why});
  supervision::send_after(self, reconnect.delay(1, random_unit()), tick{0});
}

void answer(actor_self self, const run_unit& unit, unit_result result) {
  auto& st = self->state;
  self->send(unit.reply_to, unit_done{unit.sequence, std::move(result)});
  self->send(st.shared->directory.find("postgres pool " + st.pool), connection_ready{caf::actor_cast<caf::actor>(self)});
}

/// Runs the unit once. Exceptions other than database errors are attributed to the unit's data.
tl::expected<std::any, postgres::failure> run_once(postgres::session& session, const unit_work& work) {
  std::any value;
  try {
    auto done = session.run([&](unit_of_work& w) { value = work(w); });
    if (!done) return tl::unexpected(std::move(done.error()));
    return value;
  } catch (const std::exception& e) {
    return tl::unexpected(postgres::failure{failure_class::isolate, "", e.what()});
  }
}

void run(actor_self self, run_unit unit) {
  auto& st = self->state;
  for (std::uint32_t round = 1;; ++round) {
    auto result = run_once(*st.session, unit.work);
    if (result) return answer(self, unit, std::move(result));
    auto& failed = result.error();
    st.shared->metrics.database_failure(st.pool, to_string(failed.kind));
    switch (failed.kind) {
      case failure_class::isolate:
      case failure_class::stop:
        return answer(self, unit, std::move(result));
      case failure_class::pause:
        if (failed.sqlstate == postgres::query_canceled && ++unit.timed_out >= max_timeouts) {
          failed.kind = failure_class::isolate;
          return answer(self, unit, std::move(result));
        }
        return return_unit(self, std::move(unit), failed.message);
      case failure_class::retry:
      case failure_class::in_doubt:
        if (round >= max_runs) return return_unit(self, std::move(unit), failed.message);
        std::this_thread::sleep_for(rerun.delay(round, random_unit()));
    }
  }
}

}  // namespace

caf::behavior postgres_connection(caf::stateful_actor<postgres_connection_state>* self, node_ptr shared, std::string pool,
                                  postgres::session_options options) {
  auto& st = self->state;
  st.shared = std::move(shared);
  st.pool = std::move(pool);
  st.session = std::make_unique<postgres::session>(std::move(options));
  self->send(self, tick{0});
  return {
      [self](run_unit& unit) { run(self, std::move(unit)); },
      [self](const tick&) { connect(self); },
  };
}

}  // namespace millrace::actors
