#include "actors/pipeline/consumer_forwarding.hpp"

#include <algorithm>
#include <iterator>

namespace millrace::actors {
namespace {

using actor_self = consumer_self;

constexpr std::chrono::milliseconds shortest_rate_wait{5};

bool is_quarantined(const consumer_state& st, const decoded_delivery& i) {
  if (i.problem) return false;
  // Each hand-over of an ordered queue returns all of its deliveries, so the rounds prove nothing there.
  return (i.rounds >= suspect_round && !is_ordered(st)) || st.shared->quarantined.contains(i.what.tenant, i.what.id);
}

void send_to_isolation(actor_self self, decoded_delivery i) {
  detach_from_read_buffer(i);
  self->send(self->state.shared->directory.find("isolation"),
             isolate{std::move(i), self->state.config.settings.name, caf::actor_cast<caf::actor>(self)});
}

/// Sends tasks that may have crashed a process to the isolated executor.
void divert_quarantined(actor_self self, std::vector<decoded_delivery>& batch) {
  auto& st = self->state;
  const bool returned = std::ranges::any_of(batch, [](auto& i) { return i.rounds >= suspect_round; });
  if (st.shared->quarantined.empty() && !returned) return;
  auto diverted =
      std::stable_partition(batch.begin(), batch.end(), [&](const decoded_delivery& i) { return !is_quarantined(st, i); });
  for (auto i = diverted; i != batch.end(); ++i) send_to_isolation(self, std::move(*i));
  batch.erase(diverted, batch.end());
}

void forward(actor_self self, commit_deliveries out) {
  if (is_ordered(self->state)) {
    self->state.ordered.add(std::move(out.batch));
    return dispatch_ordered(self);
  }
  divert_quarantined(self, out.batch);
  self->send(self->state.committer, std::move(out));
}

/// Keeps deliveries for which the rate limit has no room yet.
void queue_for_rate(actor_self self, std::vector<decoded_delivery> batch) {
  auto& st = self->state;
  bool timer_running = !st.waiting.empty();
  for (auto& i : batch) {
    detach_from_read_buffer(i);
    st.waiting.push_back(std::move(i));
  }
  if (!timer_running) forward_within_rate(self);
}

}  // namespace

void dispatch_ordered(actor_self self) {
  auto& st = self->state;
  if (st.ordered.held() == 0) return;
  const auto in_flight = st.unacked.unsettled() - st.abandoned - st.waiting.size() - st.ordered.held();
  auto now = st.ordered.next(in_flight, [&](const decoded_delivery& i) { return is_quarantined(st, i); });
  if (!now.commit.empty()) self->send(st.committer, commit_deliveries{std::move(now.commit)});
  if (now.isolate) send_to_isolation(self, std::move(*now.isolate));
}

void forward_within_rate(actor_self self) {
  auto& st = self->state;
  if (st.waiting.empty() || !st.rate) return;
  auto now = self->clock().now();
  commit_deliveries out;
  for (auto turn = st.rate->take(st.waiting.size(), now); turn > 0; --turn) {
    out.batch.push_back(std::move(st.waiting.front()));
    st.waiting.pop_front();
  }
  if (!st.waiting.empty())
    supervision::send_after(self, std::max(st.rate->wait(now), shortest_rate_wait), rate_timer{st.subscriptions});
  if (!out.batch.empty()) forward(self, std::move(out));
}

void forward_waiting(actor_self self) {
  auto& st = self->state;
  if (st.waiting.empty()) return;
  commit_deliveries all;
  std::move(st.waiting.begin(), st.waiting.end(), std::back_inserter(all.batch));
  st.waiting.clear();
  forward(self, std::move(all));
}

void pass_on(actor_self self, commit_deliveries out) {
  self->state.rate ? queue_for_rate(self, std::move(out.batch)) : forward(self, std::move(out));
}

void set_rate(actor_self self) {
  auto& st = self->state;
  st.rate.reset();
  if (st.limits.rate <= 0) return;
  auto rate = st.limits.rate;
  // All deliveries of an ordered queue must be settled before the broker's consumer timeout.
  using seconds = std::chrono::duration<double>;
  if (is_ordered(st))
    rate = std::max(rate, 2 * st.config.settings.prefetch / seconds{st.shared->settings.amqp.consumer_timeout}.count());
  st.rate.emplace(rate, rate / 10, self->clock().now());
}

}  // namespace millrace::actors
