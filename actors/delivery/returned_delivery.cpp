#include "actors/delivery/returned_delivery.hpp"

#include "actors/delivery/outcome_resolution.hpp"
#include "actors/delivery/topology.hpp"

#include <algorithm>

namespace millrace::actors {
namespace {

constexpr std::uint32_t most_unrouted_rounds = 13;
constexpr std::chrono::seconds longest_wait{300};

std::chrono::seconds unrouted_wait(std::uint32_t rounds) {
  return std::min(std::chrono::seconds{1LL << std::min(rounds, 16U)}, longest_wait);
}

}  // namespace

std::optional<postgres::outbox_row> next_round(const decoded_delivery& d, bool ordered, wall_time now) {
  if (d.expired || !d.key) return {};
  if (d.unrouted && d.rounds < most_unrouted_rounds) {
    auto row = further_round(d.what, now + unrouted_wait(d.rounds), d.rounds + 1);
    row.exchange = task_exchange;
    row.routing_key = d.source.routing_key;
    return row;
  }
  if (d.problem || ordered || d.returns < most_returns || d.rounds >= suspect_round) return {};
  return further_round(d.what, std::max(d.what.not_before.value_or(now), now), d.rounds + 1);
}

}  // namespace millrace::actors
