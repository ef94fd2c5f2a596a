#include "actors/storage/postgres_pool.hpp"

#include "monitoring/log/log.hpp"

namespace millrace::actors {
namespace {

using actor_self = caf::stateful_actor<postgres_pool_state>*;
constexpr std::uint32_t max_losses = 3;
constexpr std::chrono::seconds probe_interval{10};

void report(actor_self self) {
  auto& st = self->state;
  std::size_t busy = 0;
  for (auto& [address, m] : st.members) busy += m.busy;
  st.shared->metrics.pool_size(st.pool, st.members.size());
  st.shared->metrics.pool_in_use(st.pool, busy);
  st.shared->metrics.pool_waiting(st.pool, st.waiting.size());
}

void dispatch(actor_self self) {
  auto& st = self->state;
  for (auto it = st.members.begin(); it != st.members.end() && !st.waiting.empty(); ++it) {
    auto& m = it->second;
    if (m.busy) continue;
    m.busy = true;
    m.unit = std::move(st.waiting.front());
    st.waiting.pop_front();
    self->send(m.connection, m.unit);
  }
  report(self);
}

void add(actor_self self, run_unit unit) {
  auto& st = self->state;
  if (st.waiting.size() >= max_waiting_units) {
    postgres::failure full{postgres::failure_class::pause, "", "the queue of the " + st.pool + " pool is full"};
    self->send(unit.reply_to, unit_done{unit.sequence, tl::unexpected(std::move(full))});
    return;
  }
  st.waiting.push_back(std::move(unit));
  dispatch(self);
}

void connected(actor_self self, const caf::actor& connection) {
  auto& st = self->state;
  auto [it, is_new] = st.members.try_emplace(connection.address());
  if (is_new) {
    self->monitor(connection);
    st.shared->health.report("database " + st.pool, true);
    st.shared->metrics.connection_up("postgres_" + st.pool, true);
  }
  it->second = {.connection = connection, .busy = false, .unit = {}};
  dispatch(self);
}

/// Whether the actor was ended from outside, for example by its supervisor, and not by the unit.
bool ended_from_outside(const caf::error& reason) {
  return reason == caf::exit_reason::kill || reason == caf::exit_reason::user_shutdown;
}

/// Sends an empty unit to each idle connection, so that a lost server is noticed without traffic.
void probe_idle_connections(actor_self self) {
  for (auto& [address, m] : self->state.members) {
    if (m.busy) continue;
    m.busy = true;
    m.unit = {0, [](unit_of_work&) { return std::any{}; }, caf::actor_cast<caf::actor>(self)};
    self->send(m.connection, m.unit);
  }
  supervision::send_after(self, probe_interval, tick{0});
}

void requeue(actor_self self, run_unit unit, bool by_itself) {
  auto& st = self->state;
  if (unit.reply_to == self) return;  // an empty unit
  unit.losses += by_itself;
  if (unit.losses < max_losses) return st.waiting.push_front(std::move(unit));
  postgres::failure fatal{postgres::failure_class::isolate, "", "its database connection was lost three times while it ran"};
  self->send(unit.reply_to, unit_done{unit.sequence, tl::unexpected(std::move(fatal))});
}

void remove(actor_self self, const caf::actor_addr& address, const std::string& why, bool by_itself) {
  auto& st = self->state;
  auto it = st.members.find(address);
  if (it == st.members.end()) return;
  if (it->second.busy) requeue(self, std::move(it->second.unit), by_itself);
  st.members.erase(it);
  if (st.members.empty()) {
    st.shared->health.report("database " + st.pool, false, why);
    st.shared->metrics.connection_up("postgres_" + st.pool, false);
  }
  dispatch(self);
}

}  // namespace

postgres_pool_state::~postgres_pool_state() {
  if (shared) shared->health.report("database " + pool, false, "the connection pool is being restarted");
}

caf::behavior postgres_pool(caf::stateful_actor<postgres_pool_state>* self, node_ptr shared, std::string pool) {
  self->state.shared = std::move(shared);
  self->state.pool = std::move(pool);
  self->set_down_handler([self](caf::down_msg& down) {
    remove(self, caf::actor_cast<caf::actor_addr>(down.source), "a connection's actor ended",
           !ended_from_outside(down.reason));
  });
  supervision::send_after(self, probe_interval, tick{0});
  return {
      [self](const tick&) { probe_idle_connections(self); },
      [](const unit_done&) {},  // of an empty unit
      [self](run_unit& unit) { add(self, std::move(unit)); },
      [self](const connection_ready& ready) { connected(self, ready.connection); },
      // The server is unavailable; the unit is not at fault.
      [self](connection_lost& lost) {
        auto& st = self->state;
        auto it = st.members.find(lost.connection.address());
        if (it == st.members.end()) return;
        it->second.busy = false;
        if (lost.unit.reply_to != self) st.waiting.push_front(std::move(lost.unit));
        self->demonitor(lost.connection);
        remove(self, lost.connection.address(), lost.why, false);
      },
  };
}

}  // namespace millrace::actors
