#pragma once

#include "runtime/task/outcome.hpp"
#include "runtime/task/task.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// A message's AMQP properties and the headers that Millrace uses (docs/wire-contract.md). Views need to be valid during
/// `decode_envelope` only.
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
  std::optional<std::int64_t> generation;    ///< header `millrace-generation`, set by Millrace
  std::string_view traceparent;              ///< header
  /// Why properties or headers could not be decoded ("header 'tenant' must be a text"), or empty. Decodable fields are set
  /// nevertheless.
  std::string_view properties_error;
  /// As received. Part of the derived id if `properties_error` is set, because the fields above are then incomplete.
  std::string_view raw_properties;
  shared_bytes body;
  wall_time received_at;
};

/// Properties of a task type that decoding depends on.
struct type_facts {
  bool known = false;
  bool id_required = false;
};

/// A task and, if it cannot be executed, the reason. The id is always set: the message's own, or derived from it (UUIDv5 of
/// tenant and text) or, for a malformed message, from its bytes, so that its redelivery is the same task.
struct decoded {
  task what;
  std::optional<dead> problem;
};

/// Decodes and checks an envelope and the well-formedness of its payload. Never throws because of its input. Allocates at
/// most a small multiple of the message's size.
decoded decode_envelope(const incoming& in, const std::function<type_facts(std::string_view type)>& facts);

}  // namespace millrace
