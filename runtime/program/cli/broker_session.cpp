#include "runtime/program/cli/broker_session.hpp"

#include <future>

namespace millrace::cli {
namespace {

/// A promise that keeps the first value and ignores later ones.
template <class T>
class first_value {
 public:
  void set(T value) {
    if (!set_.exchange(true)) promise_.set_value(std::move(value));
  }
  std::optional<T> wait(std::chrono::milliseconds timeout) {
    auto future = promise_.get_future();
    if (future.wait_for(timeout) != std::future_status::ready) return std::nullopt;
    return future.get();
  }

 private:
  std::atomic<bool> set_ = false;
  std::promise<T> promise_;
};

}  // namespace

broker_session::broker_session(amqp::client_options options, amqp::topology declare, std::chrono::milliseconds timeout)
    : depths_(std::make_shared<std::map<std::string, std::uint32_t>>()),
      failed_(std::make_shared<std::map<std::string, amqp::declaration_result>>()) {
  auto answer = std::make_shared<first_value<std::string>>();
  amqp::client_events events{
      .up = [answer] { answer->set(""); },
      .down = [answer](const std::string& error, std::chrono::milliseconds) { answer->set(error); },
      .blocked = [](bool, const std::string&) {},
      .declared = [depths = depths_](const std::string& queue, std::uint32_t ready) { (*depths)[queue] = ready; },
      .declaration =
          [failed = failed_](const amqp::declaration_result& result) {
            auto key = (result.is_queue ? "queue " : "exchange ") + result.name;
            if (result.problem.empty())
              failed->erase(key);
            else
              (*failed)[key] = result;
          },
  };
  loop_.run_and_wait([&] {
    client_ = std::make_unique<amqp::client>(loop_.uv(), std::move(options), std::move(declare), std::move(events));
    client_->start();
  });
  auto error = answer->wait(timeout).value_or("no answer within " + std::to_string(timeout.count()) + " ms");
  if (!error.empty()) error_ = error;
}

broker_session::~broker_session() {
  auto stopped = std::make_shared<first_value<bool>>();
  loop_.run_and_wait([&] { client_->stop(std::chrono::milliseconds{1'000}, [stopped] { stopped->set(true); }); });
  stopped->wait(std::chrono::milliseconds{3'000});
  loop_.run_and_wait([&] { client_.reset(); });
}

std::vector<amqp::declaration_result> broker_session::problems() {
  std::vector<amqp::declaration_result> copy;
  loop_.run_and_wait([&] {
    for (auto& [key, result] : *failed_) copy.push_back(result);
  });
  return copy;
}

std::map<std::string, std::uint32_t> broker_session::depths() {
  std::map<std::string, std::uint32_t> copy;
  loop_.run_and_wait([&] { copy = *depths_; });
  return copy;
}

std::optional<std::string> broker_session::publish(const amqp::outgoing& message, std::chrono::milliseconds timeout) {
  auto answer = std::make_shared<first_value<std::string>>();
  loop_.run_and_wait([&] {
    bool sent = client_->publish(message, [answer](amqp::confirm c, const std::string& error) {
      if (c == amqp::confirm::accepted) return answer->set("");
      answer->set(error.empty() ? "the broker rejected the message" : error);
    });
    if (!sent)
      answer->set(client_->blocked() ? "the broker is blocking publishers (memory or disk alarm)"
                                     : "the connection to the broker is not ready");
  });
  auto error = answer->wait(timeout).value_or("no confirm within " + std::to_string(timeout.count()) +
                                              " ms; the message may or may not have been published");
  if (error.empty()) return std::nullopt;
  return error;
}

}  // namespace millrace::cli
