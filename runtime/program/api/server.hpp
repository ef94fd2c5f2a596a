#pragma once

#include "actors/node/node_context.hpp"

#include <cstdint>
#include <memory>

namespace millrace::api {

/// The operator API of a node: a listener of its own, whose threads do the work with database connections of their own
/// (docs/adr/0011). Every request goes the same way: who asks, may they, what do they ask, done, told.
class server {
 public:
  /// Throws std::runtime_error if the address is taken or the certificate is of no use.
  explicit server(node_ptr shared);
  ~server();
  std::uint16_t port() const noexcept;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace millrace::api
