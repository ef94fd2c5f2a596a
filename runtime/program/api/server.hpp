#pragma once

#include "actors/node/node_context.hpp"

#include <cstdint>
#include <memory>

namespace millrace::api {

/// The operator API of a node: an HTTP listener with its own threads and database connections (docs/adr/0011). Each request
/// passes the same steps: find the route, authenticate, authorise, check parameters, run the handler, record metrics.
class server {
 public:
  /// Throws std::runtime_error if the address is in use or the certificate cannot be used.
  explicit server(actors::node_ptr shared);
  ~server();
  std::uint16_t port() const noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace millrace::api
