#include "actors/operations/bulk_settlement.hpp"

#include <algorithm>
#include <iterator>

namespace millrace::operations {
namespace {

constexpr std::size_t largest_batch = 200;
constexpr std::int64_t largest_batch_bytes = 4 * 1024 * 1024;
constexpr std::size_t preview_samples = 5;

/// Cuts the batch to the bytes that fit, but not below one dead letter.
void cut_to_bytes(std::vector<postgres::dead_letter_place>& places) {
  std::int64_t bytes = 0;
  auto end = std::ranges::find_if(places, [&](auto& p) { return (bytes += p.bytes) > largest_batch_bytes; });
  if (end == places.begin() && end != places.end()) ++end;
  places.erase(end, places.end());
}

std::vector<std::string> ids_of(const std::vector<postgres::dead_letter_place>& places) {
  std::vector<std::string> ids;
  std::ranges::transform(places, std::back_inserter(ids), [](auto& p) { return p.mark.id; });
  return ids;
}

std::int64_t sum(const std::vector<std::pair<std::string, std::int64_t>>& by_reason) {
  std::int64_t all = 0;
  for (auto& [reason, dead_letters] : by_reason) all += dead_letters;
  return all;
}

}  // namespace

bulk_settlement::bulk_settlement(bulk_order order, transaction_runner run)
    : order_(std::move(order)), run_(std::move(run)), unseen_(order_.filter.ids.begin(), order_.filter.ids.end()) {
  order_.filter.settled_too = !order_.filter.ids.empty();  // a settled one named by id is refused, not ignored
}

std::vector<settled_dead_letter> bulk_settlement::settle(unit_of_work& work, const std::vector<std::string>& ids) const {
  auto& d = order_.details;
  const bool first = settled_ == 0;
  if (order_.action == bulk_action::discard) return discard_batch(work, ids, d.by, d.command, first);
  auto paced = d;
  paced.first_due = d.first_due + d.interval * settled_;
  return replay_batch(work, ids, paced, first);
}

std::vector<settled_dead_letter> bulk_settlement::step() {
  const auto wanted = std::min(largest_batch, order_.limit - settled_);
  if (wanted == 0) return {};
  std::vector<postgres::dead_letter_place> places;
  std::vector<settled_dead_letter> answers;
  std::string own_run;  // if the transaction is repeated: its COMMIT may have settled the batch
  run_([&](unit_of_work& work) {
    auto& died_by = order_.filter.died_by;
    if (died_by.empty()) died_by = postgres::snapshot_time(work);
    places = postgres::find_dead_letters(work, order_.filter, last_, wanted, own_run);
    own_run = order_.details.by.run_id;
    cut_to_bytes(places);
    in_doubt_ = places.size();
    answers = places.empty() ? std::vector<settled_dead_letter>{} : settle(work, ids_of(places));
  });
  in_doubt_ = 0;
  if (!places.empty()) last_ = places.back().mark;
  for (auto& a : answers) unseen_.erase(a.id), settled_ += a.refusal.empty();
  return answers;
}

std::vector<settled_dead_letter> bulk_settlement::finish() {
  std::vector<settled_dead_letter> refused;
  if (unseen_.empty()) return refused;
  bool more = false;
  run_([&](unit_of_work& work) { more = !postgres::find_dead_letters(work, order_.filter, last_, 1).empty(); });
  if (more) return refused;
  for (auto& id : unseen_) refused.push_back({id, {}, "no such dead letter, or the filter excludes it"});
  return refused;
}

std::int64_t bulk_settlement::remaining() {
  auto open = order_.filter;
  open.settled_too = false;
  std::int64_t all = 0;
  run_([&](unit_of_work& work) { all = sum(postgres::count_dead_letters(work, open)); });
  return all;
}

wall_time bulk_settlement::next_due() const {
  return order_.details.first_due + order_.details.interval * (settled_ + in_doubt_);
}

bulk_preview preview(unit_of_work& work, const postgres::dead_letter_filter& filter) {
  auto by_reason = postgres::count_dead_letters(work, filter);
  const auto matching = sum(by_reason);
  return {matching, std::move(by_reason),
          postgres::list_dead_letters(work, filter, postgres::dead_letter_order::oldest_first, {}, preview_samples)};
}

}  // namespace millrace::operations
