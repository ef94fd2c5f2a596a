#include "actors/handlers/transfer_handler.hpp"

#include "actors/handlers/transfer_book.hpp"

#include <algorithm>

namespace millrace {

namespace {

using namespace ledger;

outcome refused(const char* reason) { return succeeded{std::string(R"({"posted":false,"reason":")") + reason + "\"}"}; }
constexpr std::string_view posted_result = R"({"posted":true})";
outcome posted() { return succeeded{std::string{posted_result}}; }

/// The readable requests of a batch, in order; the places of the others get their outcome at once.
struct readable {
  std::vector<transfer_request> requests;
  std::vector<batch_transfer> transfers;
  std::vector<std::size_t> places;  ///< of each transfer in the batch

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

}  // namespace

std::string_view transfer_handler::usual_result() const noexcept { return posted_result; }

std::vector<outcome> transfer_handler::execute(unit_of_work& work, std::span<const task> batch) {
  std::vector<outcome> outcomes(batch.size());
  const readable all(batch, outcomes);
  if (all.transfers.empty()) return outcomes;

  auto locked = lock_accounts(work, all.transfers);
  const auto before = locked.accounts;
  const auto known = find_posted(work, all.transfers);

  std::vector<transfer> open;
  std::vector<std::size_t> open_places;  // in all.transfers
  for (std::size_t i = 0; i < all.transfers.size(); ++i) {
    if (known[i] == posted_before::no) {
      open.push_back(resolved(all.transfers[i], locked));
      open_places.push_back(i);
    } else {
      outcomes[all.places[i]] = known[i] == posted_before::same ? posted() : refused("id_reused");
    }
  }
  const auto results = post_transfers(locked.accounts, open);

  std::vector<batch_transfer> fresh;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto place = open_places[i];
    outcomes[all.places[place]] = results[i] == posting::posted ? posted() : refused(to_string(results[i]));
    if (results[i] == posting::posted) fresh.push_back(all.transfers[place]);
  }
  insert_transfers(work, fresh);
  write_balances(work, locked, before);
  return outcomes;
}

}  // namespace millrace
