#include "actors/isolation/isolation_frame.hpp"

#include "connectors/process/frame.hpp"

#include <memory>

namespace millrace::actors::isolation {
namespace {

/// Removes a length-prefixed field, as written by `framed`, from the front of `rest`.
bool take_field(std::string_view& rest, std::string_view& field) {
  if (rest.size() < 4) return false;
  std::size_t size = 0;
  for (std::size_t i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(rest[i]);
  rest.remove_prefix(4);
  if (rest.size() < size) return false;
  field = rest.substr(0, size);
  rest.remove_prefix(size);
  return true;
}

}  // namespace

std::string encode(const std::string& queue, const amqp::delivery& d) {
  std::string out(1, d.redelivered ? '1' : '0');
  for (auto field : {std::string_view{queue}, d.exchange, d.routing_key, d.raw_properties, d.body})
    out += process::framed(field);
  return out;
}

std::optional<request> decode_request(std::string text) {
  auto held = std::make_shared<const std::string>(std::move(text));
  std::string_view rest{*held}, queue;
  if (rest.empty()) return std::nullopt;
  request r;
  auto& d = r.source;
  d.redelivered = rest.front() == '1';
  rest.remove_prefix(1);
  for (auto* field : {&queue, &d.exchange, &d.routing_key, &d.raw_properties, &d.body})
    if (!take_field(rest, *field)) return std::nullopt;
  if (!rest.empty()) return std::nullopt;
  r.queue = queue;
  d.body_size = d.body.size();
  d.owner = held;
  return r;
}

}  // namespace millrace::actors::isolation
