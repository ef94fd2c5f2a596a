#include "runtime/task/handler.hpp"

#include <atomic>
#include <stdexcept>
#include <utility>

namespace millrace {

struct completion::state {
  explicit state(std::function<void(outcome)> f) : report(std::move(f)) {}
  state(const state&) = delete;
  state& operator=(const state&) = delete;
  ~state() { finish(retry{std::nullopt, "the handler dropped its completion"}); }

  void finish(outcome result) {
    if (called.exchange(true)) return;
    // Moved out, so that its captures are released now and not with the last copy of the completion.
    const auto f = std::exchange(report, nullptr);
    f(std::move(result));
  }

  std::atomic<bool> called = false;
  std::function<void(outcome)> report;
};

completion::completion(std::function<void(outcome)> report) {
  if (!report) throw std::invalid_argument("a completion needs a function to report to");
  state_ = std::make_shared<state>(std::move(report));
}

void completion::operator()(outcome result) const { state_->finish(std::move(result)); }

}  // namespace millrace
