#include "connectors/amqp/channel/declarations.hpp"

#include <algorithm>

namespace millrace::amqp {

declarations::declarations(loop_handles& handles, const client_options& options, const topology& what,
                           declarations_hooks hooks, std::mt19937_64& seeds)
    : hooks_(std::move(hooks)) {
  declaration_hooks each{[this](declaration& which) { note(which); }, hooks_.counted};
  for (auto& exchange : what.exchanges)
    all_.push_back(
        std::make_shared<declaration>(handles, options, exchange, std::vector<binding_declaration>(), each, seeds()));
  for (auto& queue : what.queues) {
    std::vector<binding_declaration> bindings;
    std::copy_if(what.bindings.begin(), what.bindings.end(), std::back_inserter(bindings),
                 [&](const auto& binding) { return binding.queue == queue.name; });
    all_.push_back(std::make_shared<declaration>(handles, options, queue, std::move(bindings), each, seeds()));
  }
}

void declarations::open(connection& where) {
  answered_ = false;
  reported_.assign(all_.size(), std::nullopt);
  // Copied: a callback may stop the client.
  for (auto all = all_; auto& each : all) {
    if (!where.is_open()) return;
    each->open(where);
  }
  if (all_.empty()) {
    answered_ = true;
    return hooks_.answered();
  }
  if (exchanges_answered()) allow_bindings();
}

void declarations::quit() {
  for (auto& each : all_) each->quit();
}

void declarations::allow_bindings() {
  for (auto all = all_; auto& each : all) each->allow_bindings();
}

void declarations::again(std::string_view queue, connection& where) {
  for (auto& each : all_)
    if (each->is_queue() && each->name() == queue) return each->open(where);
}

const declaration* declarations::find(std::string_view queue) const {
  auto found =
      std::find_if(all_.begin(), all_.end(), [&](const auto& each) { return each->is_queue() && each->name() == queue; });
  return found == all_.end() ? nullptr : found->get();
}

bool declarations::exchanges_answered() const {
  return std::all_of(all_.begin(), all_.end(), [](const auto& each) { return each->is_queue() || each->answered(); });
}

void declarations::note(declaration& which) {
  if (which.is_queue() && which.exists()) hooks_.exists(which.name());
  if (!which.answered()) return;
  auto index = std::find_if(all_.begin(), all_.end(), [&](const auto& each) { return each.get() == &which; }) - all_.begin();
  auto& before = reported_[static_cast<std::size_t>(index)];
  if (before != which.result()) {
    before = which.result();
    hooks_.changed(*before);
  }
  if (!which.is_queue() && exchanges_answered()) allow_bindings();
  bool all_answered = std::all_of(all_.begin(), all_.end(), [](const auto& each) { return each->answered(); });
  if (all_answered && !std::exchange(answered_, true)) hooks_.answered();
}

}  // namespace millrace::amqp
