#pragma once

#include <cstdint>
#include <string>

/// A client that says what it likes, when it likes. Fails by what it reads: a server that hangs stops it after 30 s.
class slow_client {
 public:
  explicit slow_client(std::uint16_t port);
  ~slow_client();
  slow_client(slow_client&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  slow_client& operator=(slow_client&&) = delete;

  /// False if the server has closed.
  bool say(const std::string& text) const;
  /// What comes until the server closes; "hangs" after it if the server does not.
  std::string rest() const;
  /// Says one byte after the other, until the server closes; true if it did, and without an answer.
  bool trickle(char what) const;

 private:
  int fd_;
};
