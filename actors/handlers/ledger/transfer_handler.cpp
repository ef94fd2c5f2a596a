#include "actors/handlers/ledger/transfer_handler.hpp"

#include "actors/handlers/ledger/transfer_accounts.hpp"
#include "actors/handlers/ledger/transfer_metrics.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace millrace::handlers {

namespace {

using namespace ledger;

outcome refused(const char* reason) { return succeeded{std::string(R"({"posted":false,"reason":")") + reason + "\"}"}; }
constexpr std::string_view posted_result = R"({"posted":true})";
outcome posted() { return succeeded{std::string{posted_result}}; }

/// The valid requests of a batch, in order. Invalid ones get their outcome immediately.
struct readable {
  std::vector<transfer_request> requests;
  std::vector<batch_transfer> transfers;
  std::vector<std::size_t> places;  ///< index of each transfer in the batch

  readable(std::span<const task> batch, std::vector<outcome>& outcomes) {
    requests.reserve(batch.size());  // transfers point into it
    for (std::size_t i = 0; i < batch.size(); ++i) {
      auto request = read_transfer_request(batch[i]);
      if (!request) {
        outcomes[i] = dead{dead_reason::invalid_payload, request.error()};
        continue;
      }
      requests.push_back(*std::move(request));
      transfers.push_back({&batch[i], &requests.back()});
      places.push_back(i);
    }
  }
};

transfer resolved(const batch_transfer& wanted, const locked_accounts& locked) {
  const auto& [owner, request] = wanted;
  return {.debit = locked.find(owner->tenant, request->debit),
          .credit = locked.find(owner->tenant, request->credit),
          .same_account = request->debit == request->credit,
          .amount = request->amount,
          .currency = request->currency};
}

struct settled_batch {
  std::vector<batch_transfer> posted;   ///< to be inserted
  std::vector<batch_transfer> refused;  ///< by the ledger's rules, for the first time
  transfer_metrics metrics;
};

/// Decides on every transfer, given the ids that already have one, and updates the balances.
settled_batch settle(const readable& all, const std::vector<posted_before>& known, locked_accounts& locked,
                     std::vector<outcome>& outcomes) {
  settled_batch made;
  std::vector<transfer> open;
  std::vector<std::size_t> open_places;  // index in all.transfers
  for (std::size_t i = 0; i < all.transfers.size(); ++i) {
    if (known[i] == posted_before::no) {
      open.push_back(resolved(all.transfers[i], locked));
      open_places.push_back(i);
    } else if (known[i] == posted_before::same) {
      outcomes[all.places[i]] = posted();  // and counted when it was posted
    } else {
      outcomes[all.places[i]] = refused("id_reused");
      made.metrics.add_refused(resolved(all.transfers[i], locked), locked.accounts);
    }
  }
  const auto results = post_transfers(locked.accounts, open);
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto place = open_places[i];
    const bool good = results[i] == posting::posted;
    outcomes[all.places[place]] = good ? posted() : refused(to_string(results[i]));
    (good ? made.posted : made.refused).push_back(all.transfers[place]);
    good ? made.metrics.add_posted(open[i]) : made.metrics.add_refused(open[i], locked.accounts);
  }
  return made;
}

/// Posts as if no id had been posted before. Returns nullopt if one was: then nothing was inserted, and balances and
/// outcomes are invalid.
std::optional<transfer_metrics> post_as_new(unit_of_work& work, const readable& all, locked_accounts& locked,
                                            std::vector<outcome>& outcomes) {
  if (all.transfers.size() < unit_of_work::worth_an_attempt) return std::nullopt;
  auto made = settle(all, std::vector(all.transfers.size(), posted_before::no), locked, outcomes);
  // A transfer that is refused now may have been posted earlier, which the insert would not detect.
  const auto known = find_posted(work, made.refused);
  if (std::any_of(known.begin(), known.end(), [](auto k) { return k != posted_before::no; })) return std::nullopt;
  if (!work.attempt([&] { insert_transfers(work, made.posted); })) return std::nullopt;
  return std::move(made.metrics);
}

transfer_metrics post_what_is_new(unit_of_work& work, const readable& all, locked_accounts& locked,
                                  std::vector<outcome>& outcomes) {
  auto made = settle(all, find_posted(work, all.transfers), locked, outcomes);
  insert_transfers(work, made.posted);
  return std::move(made.metrics);
}

}  // namespace

std::string_view transfer_handler::usual_result() const noexcept { return posted_result; }

std::vector<outcome> transfer_handler::execute(unit_of_work& work, std::span<const task> batch) {
  std::vector<outcome> outcomes(batch.size());
  const readable all(batch, outcomes);
  if (all.transfers.empty()) return outcomes;

  auto locked = lock_accounts(work, all.transfers);
  const auto before = locked.accounts;
  auto metrics = post_as_new(work, all, locked, outcomes);
  if (!metrics) {
    locked.accounts = before;
    metrics = post_what_is_new(work, all, locked, outcomes);
  }
  write_balances(work, locked, before);
  work.once_committed([made = *std::move(metrics)](monitoring::metrics& m) { made.report(m); });
  return outcomes;
}

}  // namespace millrace::handlers
