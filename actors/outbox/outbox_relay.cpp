#include "actors/outbox/outbox_relay.hpp"

#include "actors/delivery/outcome_resolution.hpp"
#include "actors/delivery/topology.hpp"
#include "actors/outbox/confirm_collector.hpp"
#include "monitoring/log/log.hpp"
#include "runtime/supervision/crash_points.hpp"

#include <algorithm>
#include <optional>

namespace millrace::actors {
namespace {

using namespace std::chrono_literals;
using monitoring::level;
using postgres::outbox_row;
using actor_self = caf::stateful_actor<outbox_relay_state>*;
using std::chrono::milliseconds;

constexpr std::size_t max_rows = 500;       // of a batch
constexpr std::size_t max_batches = 2;      // one at the broker while the database handles the other
constexpr auto lease = 10'000ms;            // of a taken row; if a relay dies, its rows are delayed by this
constexpr auto confirm_deadline = 8'000ms;  // below the lease: rows are abandoned before another relay takes them
constexpr auto slow_after = 500ms;          // answers so far are then settled, and the rest no longer holds up other rows
constexpr auto poll_interval = 1'000ms;     // for rows added by other nodes; this node's committers notify the relay
constexpr auto no_capacity_wait = 200ms;
constexpr auto unconfirmed_wait = 2'000ms;
constexpr std::uint32_t most_reply_refusals = 8;  // about nine minutes
constexpr auto ordered_wait = 50ms;               // while another relay publishes rows of an ordered queue; then doubled

struct taken {
  std::vector<outbox_row> rows;
  std::optional<milliseconds> next;  ///< until the next row may be due
  bool ordered_wait = false;
};

struct confirm_overdue {
  std::uint64_t batch;
};

void wake_in(actor_self self, milliseconds wait) {
  auto& st = self->state;
  auto at = std::chrono::steady_clock::now() + wait;
  if (st.timer != 0 && st.wake <= at && st.wake > std::chrono::steady_clock::now()) return;  // that timer fires earlier
  st.wake = at;
  supervision::send_after(self, wait, tick{++st.timer});
}

void report_drained(actor_self self) {
  auto& st = self->state;
  if (st.units > 0 || !st.batches.empty() || !st.drain_to) return;
  self->send(st.drain_to, drained{"outbox"});
  st.drain_to = nullptr;
}

broker::message to_message(const node_context& shared, const outbox_row& row) {
  amqp::properties p;
  p.type = row.type;
  p.message_id = row.message_id;
  p.content_type = row.content_type;
  p.correlation_id = row.correlation_id;
  p.reply_to = row.reply_to;
  p.priority = row.priority;
  p.time = amqp::timestamp{static_cast<std::uint64_t>(to_us(std::chrono::system_clock::now()) / 1'000'000)};
  for (auto& [name, value] : row.headers) p.headers.emplace_back(name, amqp::field_value{value});
  if (shared.proof) shared.proof->add(p, row.body);
  auto [exchange, routing_key] = in_lane(shared.settings.queues, {row.exchange, row.routing_key}, row.priority);
  return {std::move(exchange), std::move(routing_key), std::move(p), row.body};
}

/// Relay -> itself.
struct confirm_slow {
  std::uint64_t batch;
  std::shared_ptr<confirm_collector> collector;
};

std::vector<std::int64_t> ids_of(const std::vector<outbox_row>& rows) {
  std::vector<std::int64_t> ids;
  ids.reserve(rows.size());
  for (auto& row : rows) ids.push_back(row.id);
  return ids;
}

void publish(actor_self self, std::vector<outbox_row>& rows) {
  auto& st = self->state;
  auto batch = ++st.newest;
  if (st.shared->spans) st.spans.start(*st.shared, batch, rows);
  faults::crash_at(faults::crash_point::outbox_taken);
  std::vector<confirm_collector::expected_row> expected;
  std::vector<broker::message> messages;
  for (auto& row : rows) {
    expected.push_back({row.id, row.type == result_type, row.refusals >= most_reply_refusals});
    messages.push_back(to_message(*st.shared, row));
  }
  st.batches.emplace(batch, outbox_relay_state::published_batch{rows.size()});
  auto collector = std::make_shared<confirm_collector>(batch, std::move(expected), caf::actor_cast<caf::actor>(self));
  st.connections->publish(std::move(messages), [collector](std::size_t i, amqp::confirm c, const std::string& why) {
    collector->add(i, c, why);
  });
  faults::crash_at(faults::crash_point::outbox_published);
  supervision::send_after(self, slow_after, confirm_slow{batch, collector});
  supervision::send_after(self, confirm_deadline, confirm_overdue{batch});
}

std::size_t waited_for(const outbox_relay_state& st) {
  return static_cast<std::size_t>(std::ranges::count_if(st.batches, [](auto& b) { return !b.second.slow; }));
}

/// The number of rows that can be taken now, in addition to those in flight.
std::size_t room(const outbox_relay_state& st) {
  if (st.draining || st.units + waited_for(st) >= max_batches) return 0;
  auto pending = st.requested;
  for (auto& [number, batch] : st.batches) pending += batch.slow ? 0 : batch.rows;
  std::size_t window = st.shared->settings.amqp.confirm_window;
  return std::min({st.connections->publish_capacity(), window - std::min(window, pending), max_rows});
}

/// Settles one batch and takes the rows of the next in one transaction.
std::shared_ptr<taken> settle_and_take(unit_of_work& w, const batch_confirmed& settled, std::size_t wanted) {
  postgres::remove(w, settled.published);
  postgres::refuse(w, settled.unroutable);
  postgres::release(w, settled.unconfirmed, unconfirmed_wait);
  auto got = std::make_shared<taken>();
  if (wanted == 0) return got;
  auto due = postgres::take_due(w, static_cast<std::uint32_t>(wanted), lease);
  got->rows = std::move(due.rows);
  if (faults::has(faults::defect::blind_relay)) postgres::remove(w, ids_of(got->rows));
  if (got->rows.empty()) got->next = postgres::next_due(w);
  got->ordered_wait = due.ordered_wait;
  return got;
}

void fetch(actor_self self);

void submit(actor_self self, const batch_confirmed& settled, std::size_t wanted) {
  auto& st = self->state;
  ++st.units;
  st.requested += wanted;
  auto work = [settled, wanted](unit_of_work& w) { return std::any{settle_and_take(w, settled, wanted)}; };
  st.database->submit(work, [self, settled, wanted](unit_result result) {
    auto& state = self->state;
    --state.units;
    state.requested -= wanted;
    bool settles = settled.batch != 0;
    if (!result) {
      monitoring::log(level::error, "outbox cannot be read or written", {{"error", result.error().message}});
      if (settles && wanted > 0) return submit(self, settled, 0);  // the rows to take may be the cause
      wake_in(self, poll_interval);
      return report_drained(self);
    }
    if (settles) faults::crash_at(faults::crash_point::outbox_removed);
    auto got = std::any_cast<std::shared_ptr<taken>>(*result);
    if (!got->rows.empty()) publish(self, got->rows);
    if (state.draining) return report_drained(self);
    if (got->rows.size() == wanted) return fetch(self);  // more rows may be due
    state.ordered_wait =
        got->ordered_wait ? std::clamp<milliseconds>(2 * state.ordered_wait, ordered_wait, poll_interval) : 0ms;
    if (!got->rows.empty()) return;
    auto wait = got->next.value_or(poll_interval);
    if (got->ordered_wait) wait = std::min(wait, state.ordered_wait);
    wake_in(self, std::clamp<milliseconds>(wait, 1ms, poll_interval));
  });
}

void fetch(actor_self self) {
  auto& st = self->state;
  // The end of a unit or a batch fetches again.
  if (st.draining || st.units + waited_for(st) >= max_batches) return;
  if (auto wanted = room(st); wanted > 0) return submit(self, {}, wanted);
  wake_in(self, no_capacity_wait);
}

/// The relay -> itself.
struct write_routes {};

/// Until this has succeeded once, rows of an ordered queue that was added to the configuration are published without order.
void write_ordered_routes(actor_self self) {
  auto routes = ordered_routes(self->state.shared->settings.queues);
  auto work = [routes = std::move(routes)](unit_of_work& w) {
    postgres::write_ordered_routes(w, routes);
    return std::any{};
  };
  self->state.database->submit(work, [self](const unit_result& result) {
    if (result) return;
    monitoring::log(level::error, "routes of ordered queues not written; retrying", {{"error", result.error().message}});
    supervision::send_after(self, poll_interval, write_routes{});
  });
}

void note_unpublished(const outbox_relay_state& st, const batch_confirmed& answer) {
  if (auto rows = answer.unconfirmed.size(); rows > 0) {
    st.shared->metrics.outbox_publish_failed("not_confirmed", rows);
    monitoring::log(level::warn, "outbox rows not confirmed; retrying",
                    {{"rows", std::uint64_t{rows}}, {"error", answer.why}});
  }
  if (answer.waiting_replies > 0) st.shared->metrics.outbox_publish_failed("reply_unroutable", answer.waiting_replies);
  if (answer.dropped_replies > 0) {
    st.shared->metrics.outbox_publish_failed("reply_dropped", answer.dropped_replies);
    monitoring::log(level::warn, "results dropped: the queue in reply_to does not exist",
                    {{"results", std::uint64_t{answer.dropped_replies}}, {"error", answer.why}});
  }
  if (auto rows = answer.unroutable.size() - answer.waiting_replies; rows > 0) {
    st.shared->metrics.outbox_publish_failed("unroutable", rows);
    monitoring::log(level::warn, "no queue is bound for outbox rows; retrying at growing intervals",
                    {{"rows", std::uint64_t{rows}}, {"error", answer.why}});
  }
}

void confirmed(actor_self self, const batch_confirmed& answer) {
  auto& st = self->state;
  if (st.batches.erase(answer.batch) == 0) return;  // overdue and abandoned
  faults::crash_at(faults::crash_point::outbox_confirmed);
  st.shared->metrics.outbox_published(answer.published.size() - answer.dropped_replies);
  st.spans.end(*st.shared, answer);
  note_unpublished(st, answer);
  submit(self, answer, room(st));
}

void confirmed_in_part(actor_self self, const batch_confirmed& answer) {
  auto& st = self->state;
  auto found = st.batches.find(answer.batch);
  if (found == st.batches.end()) return;  // overdue and abandoned
  found->second.rows -= answer.published.size() + answer.unroutable.size() + answer.unconfirmed.size();
  st.shared->metrics.outbox_published(answer.published.size() - answer.dropped_replies);
  st.spans.end(*st.shared, answer);
  note_unpublished(st, answer);
  submit(self, answer, room(st));
}

/// One target may be unable to confirm, for example a queue without a majority. The rows of other targets are settled, and
/// the next rows are taken.
void slow(actor_self self, const confirm_slow& late) {
  auto& st = self->state;
  auto found = st.batches.find(late.batch);
  if (found == st.batches.end()) return;
  found->second.slow = true;
  st.shared->loop.post([collector = late.collector] { collector->report_part(); });
  supervision::send_after(self, slow_after, late);
  fetch(self);
}

void overdue(actor_self self, std::uint64_t batch) {
  auto& st = self->state;
  auto found = st.batches.find(batch);
  if (found == st.batches.end()) return;
  st.shared->metrics.outbox_publish_failed("no_answer", found->second.rows);
  monitoring::log(level::warn, "broker did not confirm in time; publishing again",
                  {{"rows", std::uint64_t{found->second.rows}}});
  st.spans.abandon(*st.shared, batch);
  st.batches.erase(found);  // a late confirm is ignored; the rows' lease expires
  wake_in(self, poll_interval);
  report_drained(self);
}

}  // namespace
}  // namespace millrace::actors

MILLRACE_LOCAL_MESSAGE(millrace::actors::confirm_overdue)
MILLRACE_LOCAL_MESSAGE(millrace::actors::confirm_slow)
MILLRACE_LOCAL_MESSAGE(millrace::actors::write_routes)

namespace millrace::actors {

caf::behavior outbox_relay(caf::stateful_actor<outbox_relay_state>* self, node_ptr shared) {
  auto& st = self->state;
  st.connections = shared->directory.find_broker();
  if (!st.connections) throw std::runtime_error("no broker link");
  st.database = std::make_unique<pool_client>(self, shared, "tasks");
  st.shared = std::move(shared);
  self->set_down_handler([self](caf::down_msg& down) { self->state.database->on_down(down); });
  write_ordered_routes(self);
  wake_in(self, no_capacity_wait);
  return {
      [self](const outbox_added& added) {
        auto wait = std::chrono::ceil<milliseconds>(added.due - std::chrono::system_clock::now());
        if (wait <= 0ms) return fetch(self);
        if (wait < poll_interval) wake_in(self, wait);
      },
      [self](const drain& d) {
        self->state.draining = true;
        self->state.drain_to = d.reply_to;
        report_drained(self);
      },
      [self](const batch_confirmed& answer) { confirmed(self, answer); },
      [self](unit_done& answer) { self->state.database->on_done(answer); },
      [self](const tick& t) {
        if (t.epoch == self->state.timer) fetch(self);
      },
      [self](const write_routes&) { write_ordered_routes(self); },
      [self](const confirm_overdue& late) { overdue(self, late.batch); },
      [self](const confirm_slow& late) { slow(self, late); },
      [self](const partly_confirmed& part) { confirmed_in_part(self, part.answer); },
      [self](const pool_client::retry_message&) { self->state.database->on_retry(); },
  };
}

}  // namespace millrace::actors
