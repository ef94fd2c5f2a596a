#pragma once

#include "actors/handlers/ledger/transfer_posting.hpp"
#include "monitoring/metrics/metrics.hpp"

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace millrace::ledger {

/// What a batch did, by currency, for the metrics. The handler knows it for nothing: amounts and currencies are in neither
/// the outcomes nor the task rows, and refusals are in no table that could be read later.
class transfer_metrics {
 public:
  void add_posted(const transfer& made);
  /// Under its currency if one of its accounts is kept in it, else under "unknown": a payload may name any.
  void add_refused(const transfer& wanted, std::span<const account> accounts);
  void tell(monitoring::metrics& to) const;

 private:
  struct sums {
    std::size_t posted = 0;
    std::size_t refused = 0;
    double volume = 0;  ///< as the metric has it: exact up to 2^53, and it cannot overflow
  };
  sums& of(std::string_view currency);

  std::map<std::string, sums, std::less<>> by_currency_;
};

}  // namespace millrace::ledger
