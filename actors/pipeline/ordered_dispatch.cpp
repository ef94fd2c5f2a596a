#include "actors/pipeline/ordered_dispatch.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace millrace::actors {

void ordered_dispatch::add(std::vector<decoded_delivery> batch) {
  held_.insert(held_.end(), std::make_move_iterator(batch.begin()), std::make_move_iterator(batch.end()));
}

ordered_dispatch::step ordered_dispatch::next(std::size_t in_flight, const predicate& quarantined) {
  step now;
  if (isolated_) return now;
  const auto suspect = std::find_if(held_.begin(), held_.end(), quarantined);
  now.commit.assign(std::make_move_iterator(held_.begin()), std::make_move_iterator(suspect));
  held_.erase(held_.begin(), suspect);
  if (held_.empty() || in_flight > 0 || !now.commit.empty()) return now;
  now.isolate = std::move(held_.front());
  held_.pop_front();
  isolated_ = now.isolate->key;
  return now;
}

void ordered_dispatch::ended(const delivery_key& key) {
  if (key == isolated_) isolated_ = {};
}

std::size_t ordered_dispatch::clear() {
  isolated_ = {};
  return std::exchange(held_, {}).size();
}

}  // namespace millrace::actors
