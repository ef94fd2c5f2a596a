#include "actors/pipeline/post_commit.hpp"

namespace millrace {
namespace {

void settle(const decoded_delivery& i, settled& done) {
  // A body that was never taken is left to the broker, which moves the message on to the parking queue.
  if (i.key) (i.source.oversized ? done.reject : done.acknowledge).push_back(i.key);
}

void settle(const effect_ended& e, settled& done) {
  done.acknowledge.insert(done.acknowledge.end(), e.keys.begin(), e.keys.end());
}

/// The task has ended, or waits for another generation.
void over(node_context& shared, const decoded_delivery& i) {
  if (i.kept) shared.in_flight.remove(in_flight_key(i.what));
}

/// This delivery is not executed here; another one of that id may be.
void not_here(node_context& shared, const decoded_delivery& i) {
  if (!i.kept) return;
  i.claimed_before ? shared.in_flight.hand_over(in_flight_key(i.what))
                   : shared.in_flight.release_delivery(in_flight_key(i.what), i.kept);
}

void count_again(const decoded_delivery& i, std::vector<decoded_delivery>& later) {
  auto& again = later.emplace_back(i);
  if (!again.kept) detach_from_read_buffer(again);
  again.in_flight_hold = nullptr;
}

/// Another process executes it. What this one had claimed before is that one's now, and has no delivery of its own to keep.
void keep_blocked(node_context& shared, const decoded_delivery& i, std::vector<decoded_delivery>& later) {
  not_here(shared, i);
  if (!i.key) return;
  count_again(i, later);
  auto& again = later.back();
  again.kept = nullptr;
  again.claimed_before = false;
  if (!again.blocked_since) again.blocked_since = std::chrono::system_clock::now();
}

}  // namespace

post_commit_actions resolve_post_commit(node_context& shared, const std::vector<commit_item>& items,
                                        const commit_result& result, std::uint64_t presence_epoch) {
  post_commit_actions out;
  enum class fate : std::uint8_t { over, not_here, open };
  std::vector<fate> fates(items.size(), fate::over);
  for (auto& e : result.effects) {
    fates[e.index] = fate::open;
    auto what = *delivery_in(items[e.index]);
    what.what.attempt = e.attempt;
    out.effects.push_back({std::move(what), e.claim, e.leased, presence_epoch});
  }
  for (auto index : result.deferred) fates[index] = fate::open, count_again(*delivery_in(items[index]), out.blocked);
  for (auto index : result.blocked) fates[index] = fate::open, keep_blocked(shared, *delivery_in(items[index]), out.blocked);
  for (auto index : result.handed_off) fates[index] = fate::not_here;
  // What the rightful task of that id has under way is none of this one's business.
  for (auto& e : result.endings)
    if (e.letter == dead_reason::id_conflict) fates[e.index] = fate::not_here;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (auto* e = effect_in(items[i])) {
      // Also where the outcome was fenced off: then another node holds a delivery of its own, or the task has ended.
      shared.in_flight.remove(in_flight_key(e->what));
      settle(*e, out.done);
      out.effects_ended = true;
    } else if (fates[i] != fate::open) {
      auto& d = *delivery_in(items[i]);
      fates[i] == fate::over ? over(shared, d) : not_here(shared, d);
      settle(d, out.done);
    }
  }
  return out;
}

}  // namespace millrace
