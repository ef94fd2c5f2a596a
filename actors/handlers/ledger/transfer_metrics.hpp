#pragma once

#include "actors/handlers/ledger/transfer_posting.hpp"
#include "monitoring/metrics/metrics.hpp"

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace millrace::ledger {

/// Counts a batch's transfers by currency, for the metrics. Collected here because outcomes and task rows contain neither
/// amounts nor currencies, and refusals are in no table.
class transfer_metrics {
 public:
  void add_posted(const transfer& made);
  /// Counted under its currency if one of its accounts is kept in it, else under "unknown", because a payload may contain
  /// any string.
  void add_refused(const transfer& wanted, std::span<const account> accounts);
  void report(monitoring::metrics& to) const;

 private:
  struct sums {
    std::size_t posted = 0;
    std::size_t refused = 0;
    double volume = 0;  ///< double, like the metric: exact up to 2^53, and cannot overflow
  };
  sums& of(std::string_view currency);

  std::map<std::string, sums, std::less<>> by_currency_;
};

}  // namespace millrace::ledger
