#pragma once

#include "connectors/resilience/circuit_breakers.hpp"

#include <memory>
#include <utility>

namespace millrace::resilience {

/// A connector's client that does not call a destination while its breaker is open. `Policy` defines
///
///   client, request, callback     types of the connector
///   destination(request)          the breaker's key; nothing for a request that bypasses the breakers
///   is_failure(answer)            true for a failure of the destination, as opposed to an answer about the request
///   refusal(wait)                 the answer to a request that is not sent; `wait` is the time until the next try
///
/// A refused request is answered immediately on the caller's thread. `breakers` must outlive every request.
template <class Policy>
class with_breaker final : public Policy::client {
 public:
  with_breaker(std::unique_ptr<typename Policy::client> inner, circuit_breakers& breakers)
      : inner_(std::move(inner)), breakers_(breakers) {}

  void send(typename Policy::request r, typename Policy::callback done) override {
    auto destination = Policy::destination(r);
    if (!destination) return inner_->send(std::move(r), std::move(done));
    if (const auto wait = breakers_.blocked_for(*destination)) return done(Policy::refusal(*wait));
    inner_->send(std::move(r), [&breakers = breakers_, to = *std::move(destination), done = std::move(done)](auto answer) {
      Policy::is_failure(answer) ? breakers.failed(to) : breakers.succeeded(to);
      done(std::move(answer));
    });
  }

 private:
  std::unique_ptr<typename Policy::client> inner_;
  circuit_breakers& breakers_;
};

}  // namespace millrace::resilience
