#include "connectors/amqp/channel/confirm_tracker.hpp"

#include <algorithm>

namespace millrace::amqp {
namespace {

/// Hashes instead of copies of three texts for each publish; a mismatch needs a collision within a window of some hundreds.
std::size_t hash(std::string_view text) { return std::hash<std::string_view>{}(text); }

std::size_t address_of(std::string_view routing_key, std::string_view message_id) {
  return hash(routing_key) * 1'000'003 ^ hash(message_id);
}

}  // namespace

void confirm_tracker::add(const outgoing& message, confirm_callback done) {
  if (!done) done = [](confirm, const std::string&) {};
  entries_.push_back(
      {std::move(done), hash(message.exchange), address_of(message.routing_key, message.props.message_id), {}});
  ++open_;
}

void confirm_tracker::returned(std::string_view exchange, std::string_view routing_key, std::string_view message_id,
                               std::string why) {
  auto match = [&, on = hash(exchange), to = address_of(routing_key, message_id)](const entry& e) {
    return e.done && e.returned_why.empty() && e.exchange == on && e.address == to;
  };
  auto found = std::find_if(entries_.begin(), entries_.end(), match);
  if (found != entries_.end()) found->returned_why = std::move(why);
}

bool confirm_tracker::settle(std::uint64_t number, bool multiple, confirm what, settlements& out) {
  auto last = first_ + entries_.size() - 1;
  if (number == 0 && multiple) number = last;
  if (number == 0 || number > last) return false;
  if (number < first_) return true;
  auto index = static_cast<std::size_t>(number - first_);
  for (auto i = multiple ? std::size_t{0} : index; i <= index; ++i) settle_one(entries_[i], what, out);
  while (!entries_.empty() && !entries_.front().done) {
    entries_.pop_front();
    ++first_;
  }
  return true;
}

void confirm_tracker::settle_one(entry& which, confirm what, settlements& out) {
  if (!which.done) return;
  --open_;
  bool returned = what == confirm::accepted && !which.returned_why.empty();
  auto why = returned ? std::move(which.returned_why) : what == confirm::refused ? "refused by the broker (basic.nack)" : "";
  out.push_back({std::exchange(which.done, nullptr), returned ? confirm::returned : what, std::move(why)});
}

confirm_tracker::settlements confirm_tracker::abandon(const std::string& why, std::string_view missing_exchange) {
  settlements out;
  for (auto& each : entries_) {
    if (!each.done) continue;
    bool culprit = !missing_exchange.empty() && each.exchange == hash(missing_exchange);
    out.push_back({std::move(each.done), culprit ? confirm::returned : confirm::unknown, why});
  }
  entries_.clear();
  first_ = 1;
  open_ = 0;
  return out;
}

}  // namespace millrace::amqp
