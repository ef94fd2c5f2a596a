#include "connectors/amqp/net/transport.hpp"

namespace millrace::amqp {
namespace {

constexpr std::size_t ciphertext_size = 64 * 1024;

}  // namespace

transport::transport(loop_handles& handles, read_buffer& in, transport_events& events)
    : handles_(handles), in_(in), events_(events), socket_(handles, *this) {
  before_wait_.open(handles, this, [&](uv_prepare_t* p) { return uv_prepare_init(handles.loop(), p); });
}

void transport::connect(const endpoint& where, const client_options& options) {
  host_ = where.host;
  if (where.tls) tls_options_ = &options.tls;
  socket_.connect(where.host, where.port, options.connect_timeout);
}

std::string& transport::out() {
  if (out_.empty() && before_wait_.is_open()) {
    uv_prepare_start(before_wait_.get(), [](uv_prepare_t* p) {
      uv_prepare_stop(p);
      if (auto* self = owned_handle<uv_prepare_t, transport>::owner_of(p)) self->flush();
    });
  }
  return out_;
}

void transport::on_connected() {
  if (tls_options_ != nullptr) return start_tls();
  ready_ = true;
  socket_.read_start();
  events_.on_ready();
}

void transport::start_tls() {
  auto made = tls_session::create(*tls_options_, host_);
  if (!made) return fail(made.error());
  tls_ = std::move(*made);
  ciphertext_ = std::make_unique_for_overwrite<char[]>(ciphertext_size);
  socket_.read_start();
  if (auto begun = tls_->handshake(); !begun) return fail(begun.error());
  flush();
}

std::span<char> transport::on_read_space() {
  if (tls_) return {ciphertext_.get(), ciphertext_size};
  return in_.space(frame_size_);
}

void transport::on_read(std::size_t count) {
  if (tls_) {
    read_tls(count);
  } else {
    in_.commit(count);
    frame_size_ = events_.on_bytes();
  }
  if (!over_) events_.on_read_end();
}

void transport::read_tls(std::size_t count) {
  if (!tls_->receive({ciphertext_.get(), count})) return fail("TLS: out of memory");
  if (!ready_) {
    auto stepped = tls_->handshake();
    flush();  // includes the alert with the reason
    if (!stepped) return fail(stepped.error());
    if (*stepped == tls_session::progress::pending) return;
    ready_ = true;
    events_.on_ready();
  }
  while (!over_) {
    auto got = tls_->read(in_.space(frame_size_));
    if (!got) return fail(got.error());
    if (*got == 0) break;
    in_.commit(*got);
    frame_size_ = events_.on_bytes();
  }
  flush();  // TLS's own messages, such as the answer to a key update
}

void transport::on_lost(const std::string& why) { fail(tls_ && !ready_ ? "TLS handshake failed: " + why : why); }

void transport::flush() {
  if (over_) return;
  if (!tls_) {
    if (!out_.empty()) send(std::move(out_));
  } else {
    if (ready_ && !tls_->write(out_)) return fail("TLS: cannot encrypt");
    if (ready_) out_.clear();
    std::string ciphertext;
    tls_->take_output(ciphertext);
    if (!ciphertext.empty()) send(std::move(ciphertext));
  }
}

void transport::send(std::string bytes) {
  bool taken = socket_.write(std::move(bytes));
  out_ = {};
  if (!taken) return fail("the socket does not accept more data");
  events_.on_sent();
}

void transport::pause_reading() {
  if (over_ || paused_) return;
  paused_ = true;
  socket_.read_stop();
}

void transport::resume_reading() {
  if (over_ || !paused_) return;
  paused_ = false;
  socket_.read_start();
}

void transport::finish() {
  if (over_) return;
  if (tls_ && ready_) {
    tls_->write(out_);
    out_.clear();
    tls_->shut_down();
  }
  flush();
  over_ = true;
  before_wait_.close();
  socket_.finish();
}

void transport::close() {
  over_ = true;
  before_wait_.close();
  socket_.close();
}

void transport::fail(const std::string& why) {
  if (over_) return;
  close();
  events_.on_lost(why);
}

}  // namespace millrace::amqp
