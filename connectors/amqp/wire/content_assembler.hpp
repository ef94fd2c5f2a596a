#pragma once

#include "connectors/amqp/client.hpp"
#include "connectors/amqp/wire/method.hpp"
#include "connectors/amqp/wire/read_buffer.hpp"

#include <optional>

namespace millrace::amqp {

/// Puts a channel's content together: method, header, bodies. What lies in one block is handed on without a copy; what
/// does not is copied once into one allocation of its announced size. A body over the limit is dropped as it comes.
class content_assembler {
 public:
  using result = tl::expected<std::optional<delivery>, protocol_error>;
  using block = std::shared_ptr<byte_block>;

  content_assembler(std::uint64_t max_body_bytes, std::shared_ptr<byte_counter> counter)
      : max_body_bytes_(max_body_bytes), counter_(std::move(counter)) {}

  /// True between a method that announces content and that content's last byte.
  bool busy() const noexcept { return stage_ != stage::idle; }

  void begin(const basic_deliver& m, const block& where);
  /// The delivery that comes of it has tag 0 and, whatever its size, no body.
  void begin(const basic_return& m, const block& where);
  /// A header or body frame. Holds the finished delivery if this was the last; an error (501, 502, 505) ends the connection.
  result header(std::string_view payload, const block& where);
  result body(std::string_view payload, const block& where);

 private:
  enum class stage { idle, header, body };

  void begin(std::string_view exchange, std::string_view routing_key, const block& where);
  /// Copies what has come so far into memory with room for `room` bytes of body.
  void move_out(std::size_t room);
  delivery finish();

  std::uint64_t max_body_bytes_;
  std::shared_ptr<byte_counter> counter_;
  stage stage_ = stage::idle;
  bool drop_body_ = false;
  delivery pending_;
  block home_;            ///< what pending_'s views point into
  char* body_ = nullptr;  ///< where in home_ the body is put together; null: not begun
  std::uint64_t received_ = 0;
};

}  // namespace millrace::amqp
