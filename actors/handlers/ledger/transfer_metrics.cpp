#include "actors/handlers/ledger/transfer_metrics.hpp"

namespace millrace::ledger {

void transfer_metrics::add_posted(const transfer& made) {
  auto& all = of(made.currency);
  ++all.posted;
  all.volume += static_cast<double>(made.amount);
}

void transfer_metrics::add_refused(const transfer& wanted, std::span<const account> accounts) {
  const auto kept = [&](std::size_t side) { return side != no_account && accounts[side].currency == wanted.currency; };
  ++of(kept(wanted.debit) || kept(wanted.credit) ? wanted.currency : "unknown").refused;
}

void transfer_metrics::report(monitoring::metrics& to) const {
  for (const auto& [currency, all] : by_currency_) to.transfers(currency, all.posted, all.refused, all.volume);
}

transfer_metrics::sums& transfer_metrics::of(std::string_view currency) {
  const auto found = by_currency_.find(currency);
  return found != by_currency_.end() ? found->second : by_currency_[std::string(currency)];
}

}  // namespace millrace::ledger
