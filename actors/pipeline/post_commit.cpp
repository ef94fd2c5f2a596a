#include "actors/pipeline/post_commit.hpp"

namespace millrace::actors {
namespace {

void settle(const decoded_delivery& i, settled& done) {
  // An oversized message is rejected, so that the broker moves it to the parking queue.
  if (i.key) (i.source.oversized ? done.reject : done.acknowledge).push_back(i.key);
}

void settle(const effect_ended& e, settled& done) {
  done.acknowledge.insert(done.acknowledge.end(), e.keys.begin(), e.keys.end());
}

/// The task has ended, or has been published again.
void end_in_flight(node_context& shared, const decoded_delivery& i) {
  if (i.registered) shared.in_flight.remove(in_flight_key(i.what));
}

/// This process does not execute the delivery; it may execute another one with that id.
void release_here(node_context& shared, const decoded_delivery& i) {
  if (!i.registered) return;
  i.claimed_before ? shared.in_flight.hand_over(in_flight_key(i.what))
                   : shared.in_flight.release_delivery(in_flight_key(i.what), i.registered);
}

void add_to_blocked(const decoded_delivery& i, std::vector<decoded_delivery>& later) {
  auto& again = later.emplace_back(i);
  if (!again.registered) detach_from_read_buffer(again);
  again.registration = nullptr;
}

/// Another process executes the task. A claim of this process has passed to it, and has no delivery to keep.
void keep_blocked(node_context& shared, const decoded_delivery& i, std::vector<decoded_delivery>& later) {
  release_here(shared, i);
  if (!i.key) return;
  add_to_blocked(i, later);
  auto& again = later.back();
  again.registered = nullptr;
  again.claimed_before = false;
  if (!again.blocked_since) again.blocked_since = std::chrono::system_clock::now();
}

}  // namespace

post_commit_actions resolve_post_commit(node_context& shared, const std::vector<commit_item>& items,
                                        const commit_result& result, std::uint64_t presence_epoch) {
  post_commit_actions out;
  enum class next_step : std::uint8_t { end, release, open };
  std::vector<next_step> steps(items.size(), next_step::end);
  for (auto& e : result.claimed) {
    steps[e.index] = next_step::open;
    auto delivery = *delivery_in(items[e.index]);
    delivery.what.attempt = e.attempt;
    out.effects.push_back({std::move(delivery), e.claim, e.leased, presence_epoch});
  }
  for (auto index : result.deferred) steps[index] = next_step::open, add_to_blocked(*delivery_in(items[index]), out.blocked);
  for (auto index : result.blocked)
    steps[index] = next_step::open, keep_blocked(shared, *delivery_in(items[index]), out.blocked);
  for (auto index : result.handed_off) steps[index] = next_step::release;
  for (auto index : result.republished) steps[index] = next_step::release;
  // The task that owns the id may be executing; its registration must stay.
  for (auto& e : result.endings)
    if (e.reason == dead_reason::id_conflict) steps[e.index] = next_step::release;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (auto* e = effect_in(items[i])) {
      // Also if the outcome was fenced: then another node has a delivery of its own, or the task has ended.
      shared.in_flight.remove(in_flight_key(e->what));
      settle(*e, out.done);
      out.effects_ended = true;
    } else if (steps[i] != next_step::open) {
      auto& d = *delivery_in(items[i]);
      steps[i] == next_step::end ? end_in_flight(shared, d) : release_here(shared, d);
      settle(d, out.done);
    }
  }
  return out;
}

}  // namespace millrace::actors
