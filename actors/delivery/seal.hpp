#pragma once

#include "connectors/amqp/properties.hpp"

#include <string>
#include <string_view>

namespace millrace::actors {

/// Proves that this installation published a message: an HMAC-SHA256 over its id, its body, the tenant and our own headers
/// (`millrace-…`). Without a valid seal a message is a first publication, and its own headers are ignored: a producer could
/// otherwise make a task look like a copy of a generation that the database does not expect, so that it never ends.
/// Thread-safe.
class seal {
 public:
  /// `key`: any bytes, the same on all nodes.
  explicit seal(std::string key) : key_(std::move(key)) {}

  /// Adds the seal, if the message has headers of our own.
  void add(amqp::properties& p, std::string_view body) const;
  /// Whether the message carries a valid seal.
  bool is_valid(const amqp::properties& p, std::string_view body) const;

 private:
  std::string of(const amqp::properties& p, std::string_view body) const;

  std::string key_;
};

}  // namespace millrace::actors
