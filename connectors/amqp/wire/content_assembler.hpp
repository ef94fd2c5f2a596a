#pragma once

#include "connectors/amqp/client.hpp"
#include "connectors/amqp/wire/method.hpp"
#include "connectors/amqp/wire/read_buffer.hpp"

#include <optional>

namespace millrace::amqp {

/// Assembles a channel's content from method, header and body frames. Content within one block is not copied; other content
/// is copied once into one allocation of its announced size. A body over the limit is dropped while it is received.
class content_assembler {
 public:
  using result = tl::expected<std::optional<delivery>, protocol_error>;
  using block = std::shared_ptr<byte_block>;

  content_assembler(std::uint64_t max_body_bytes, std::shared_ptr<byte_counter> counter)
      : max_body_bytes_(max_body_bytes), counter_(std::move(counter)) {}

  /// True from a method that announces content until the last byte of the content.
  bool busy() const noexcept { return stage_ != stage::idle; }

  void begin(const basic_deliver& m, const block& where);
  /// The resulting delivery has tag 0 and no body, whatever its size.
  void begin(const basic_return& m, const block& where);
  /// A header or body frame. Holds the finished delivery if this was the last; an error (501, 502, 505) ends the connection.
  result header(std::string_view payload, const block& where);
  result body(std::string_view payload, const block& where);

 private:
  enum class stage { idle, header, body };

  void begin(std::string_view exchange, std::string_view routing_key, const block& where);
  /// Copies the content received so far into memory with room for `room` bytes of body.
  void move_out(std::size_t room);
  delivery finish();

  std::uint64_t max_body_bytes_;
  std::shared_ptr<byte_counter> counter_;
  stage stage_ = stage::idle;
  bool drop_body_ = false;
  delivery pending_;
  block home_;            ///< the block that pending_'s views point into
  char* body_ = nullptr;  ///< position in home_ where the body is assembled; null: not begun
  std::uint64_t received_ = 0;
};

}  // namespace millrace::amqp
