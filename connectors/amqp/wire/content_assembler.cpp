#include "connectors/amqp/wire/content_assembler.hpp"

#include "connectors/amqp/wire/method_id.hpp"

#include <cstring>

namespace millrace::amqp {
namespace {

protocol_error unexpected_frame(const char* what) {
  return {505, std::string("UNEXPECTED_FRAME - ") + what + " frame where none was announced"};
}

}  // namespace

void content_assembler::begin(std::string_view exchange, std::string_view routing_key, const block& where) {
  pending_ = delivery{};
  pending_.exchange = exchange;
  pending_.routing_key = routing_key;
  home_ = where;
  body_ = nullptr;
  received_ = 0;
  stage_ = stage::header;
}

void content_assembler::begin(const basic_deliver& m, const block& where) {
  begin(m.exchange, m.routing_key, where);
  pending_.tag = delivery_tag{m.tag};
  pending_.redelivered = m.redelivered;
  drop_body_ = false;
}

void content_assembler::begin(const basic_return& m, const block& where) {
  begin(m.exchange, m.routing_key, where);
  drop_body_ = true;
}

content_assembler::result content_assembler::header(std::string_view payload, const block& where) {
  if (stage_ != stage::header) return tl::unexpected(unexpected_frame("header"));
  byte_reader in(payload);
  auto class_id = in.u16();
  in.u16();  // weight, unused since AMQP 0-8
  auto body_size = in.u64();
  if (!in.ok() || in.rest().size() < 2)
    return tl::unexpected(protocol_error{502, "SYNTAX_ERROR - content header cut short"});
  if (class_id != id::basic_class) return tl::unexpected(protocol_error{501, "FRAME_ERROR - content of an unknown class"});
  if (home_ != where) move_out(0);
  pending_.raw_properties = in.rest();
  pending_.body_size = body_size;
  pending_.oversized = body_size > max_body_bytes_;
  drop_body_ = drop_body_ || pending_.oversized;
  if (home_ != where || drop_body_) move_out(0);  // a dropped body must not pin the block
  if (body_size == 0) return finish();
  stage_ = stage::body;
  return std::optional<delivery>();
}

content_assembler::result content_assembler::body(std::string_view payload, const block& where) {
  if (stage_ != stage::body) return tl::unexpected(unexpected_frame("body"));
  if (payload.size() > pending_.body_size - received_)
    return tl::unexpected(protocol_error{501, "FRAME_ERROR - body longer than announced"});
  bool whole = payload.size() == pending_.body_size;
  if (!drop_body_) {
    if (whole && home_ == where) {
      pending_.body = payload;
      return finish();
    }
    if (body_ == nullptr) move_out(static_cast<std::size_t>(pending_.body_size));
    std::memcpy(body_ + received_, payload.data(), payload.size());
  }
  received_ += payload.size();
  if (received_ < pending_.body_size) return std::optional<delivery>();
  if (!drop_body_) pending_.body = {body_, static_cast<std::size_t>(received_)};
  return finish();
}

void content_assembler::move_out(std::size_t room) {
  auto& from = pending_;
  auto head = from.exchange.size() + from.routing_key.size() + from.raw_properties.size();
  auto to = std::make_shared<byte_block>(counter_, head + room);
  char* end = to->data();
  auto move = [&](std::string_view& text) {
    if (!text.empty()) std::memcpy(end, text.data(), text.size());
    text = {end, text.size()};
    end += text.size();
  };
  move(from.exchange);
  move(from.routing_key);
  move(from.raw_properties);
  body_ = room > 0 ? end : nullptr;
  home_ = std::move(to);
}

delivery content_assembler::finish() {
  stage_ = stage::idle;
  // A separate block now belongs to the delivery alone. A block that is still read into is counted when it is full.
  if (body_ != nullptr) home_->count();
  pending_.owner = std::move(home_);
  return std::move(pending_);
}

}  // namespace millrace::amqp
