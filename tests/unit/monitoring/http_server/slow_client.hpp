#pragma once

#include <cstdint>
#include <string>

/// A client that sends arbitrary bytes at arbitrary times. Reads time out after 30 s.
class slow_client {
 public:
  explicit slow_client(std::uint16_t port);
  ~slow_client();
  slow_client(slow_client&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  slow_client& operator=(slow_client&&) = delete;

  /// False if the server has closed the connection.
  bool say(const std::string& text) const;
  /// Waits for the first byte without reading it; false if the server closed the connection before.
  bool starts() const;
  /// The bytes received until the server closes, followed by "hangs" on a timeout.
  std::string rest() const;
  /// Sends single bytes until the server closes; true if it closed without a response.
  bool trickle(char what) const;

 private:
  int fd_;
};
