#pragma once

#include "runtime/task/outcome.hpp"
#include "runtime/task/task.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// What a message says about itself, in plain terms: the AMQP properties and the headers that mean something to us
/// (the contract with producers, docs/wire-contract.md). Views must live during `decode_envelope` only.
struct incoming {
  std::string_view queue;
  std::string_view exchange;
  std::string_view routing_key;
  std::string_view type;
  std::string_view message_id;
  std::string_view content_type;
  std::string_view correlation_id;
  std::string_view reply_to;
  std::string_view expiration;  ///< milliseconds, as text
  std::optional<std::uint8_t> priority;
  std::optional<std::uint64_t> timestamp_s;  ///< seconds since 1970
  std::string_view tenant;                   ///< header `tenant`
  std::string_view not_before;               ///< header: RFC 3339 time, or seconds since 1970
  std::optional<std::int64_t> max_attempts;  ///< header
  std::optional<std::int64_t> generation;    ///< header `millrace-generation`, ours
  std::string_view traceparent;              ///< header
  /// Why properties or headers could not be read ("header 'tenant' must be a text"), or empty. What could be read is set.
  std::string_view properties_error;
  /// As received; part of the derived id where `properties_error` is set, because the fields above then say too little.
  std::string_view raw_properties;
  shared_bytes body;
  wall_time received_at;
};

/// What the decoder asks about a task type.
struct type_facts {
  bool known = false;
  bool id_required = false;
};

/// A task, and why it cannot be executed if it cannot. The task's identity is always set: the id is the message's own,
/// or derived from it (UUIDv5 of tenant and text), or, where the message is broken, of its bytes, so that a redelivery
/// of the same broken message is the same task.
struct decoded {
  task what;
  std::optional<dead> problem;
};

/// Reads and checks an envelope and the well-formedness of its payload. Never throws on input, allocates no more than a
/// small multiple of the message's size.
decoded decode_envelope(const incoming& in, const std::function<type_facts(std::string_view type)>& facts);

}  // namespace millrace
