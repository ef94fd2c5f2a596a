#pragma once

#include "actors/delivery/decoded_delivery.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

namespace millrace::actors {

/// Decides what an ordered queue may execute. Deliveries pass in order. One that may have crashed a process is executed in a
/// process of its own: it waits until all before it are settled, and holds all behind it until it is settled itself. Bounded
/// by the queue's prefetch. Not thread-safe.
class ordered_dispatch {
 public:
  using predicate = std::function<bool(const decoded_delivery&)>;

  /// What to execute now: first `commit`, as a batch, then `isolate`, in a process of its own.
  struct step {
    std::vector<decoded_delivery> commit;
    std::optional<decoded_delivery> isolate;
  };

  void add(std::vector<decoded_delivery> batch);
  /// `in_flight`: the number of deliveries of earlier steps that are not settled.
  step next(std::size_t in_flight, const predicate& quarantined);
  /// The delivery was settled, or given up.
  void ended(const delivery_key& key);
  /// Forgets all deliveries. Returns how many were held.
  std::size_t clear();
  std::size_t held() const noexcept { return held_.size(); }

 private:
  std::deque<decoded_delivery> held_;
  delivery_key isolated_;  ///< in execution; none if false
};

}  // namespace millrace::actors
