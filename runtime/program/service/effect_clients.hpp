#pragma once

#include "actors/node/node_context.hpp"
#include "connectors/http/client.hpp"
#include "connectors/smtp/client.hpp"
#include "runtime/supervision/on_loop.hpp"
#include "runtime/task/effect_context.hpp"

#include <memory>

namespace millrace::service {

/// The clients that effect handlers use, with their circuit breakers, which are those of the node. Destroy them after the
/// actors. A new connector adds a member, its construction and its pointer in `services`.
class effect_clients {
 public:
  /// Throws std::invalid_argument for invalid settings.
  explicit effect_clients(actors::node_context& node);

  /// The services of an effect context, with the clients only.
  effect_context::services services() const { return {.http = http_.get(), .mail = mail_.get()}; }

 private:
  supervision::on_loop<http::client> http_;
  std::unique_ptr<smtp::client> mail_;
};

}  // namespace millrace::service
