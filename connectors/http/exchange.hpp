#pragma once

#include "connectors/http/client.hpp"
#include "connectors/http/curl_loop.hpp"

#include <cstddef>

namespace millrace::http {

/// One checked request and its response.
class exchange : public transfer {
 public:
  /// `options` must outlive it. `done` is called once.
  exchange(const client_options& options, request r, callback done);

  CURLcode prepare(CURL* easy) override;
  std::chrono::milliseconds time_limit() const override { return request_.timeout; }
  void completed(CURL* easy, CURLcode code) override;
  void refused(const char* why) override;

 private:
  static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* address) noexcept;
  static int before_request(void* self, char*, char*, int, int) noexcept;
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self) noexcept;
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept;
  bool set_request();
  bool sent_already() const;
  bool answered(std::string problem);
  std::string problem(CURLcode code) const;
  failure why(CURLcode code) const;

  const client_options& options_;
  request request_;
  callback done_;
  response response_;
  CURL* easy_ = nullptr;  // null until the transfer starts
  text_list headers_;
  std::size_t header_bytes_ = 0;
  bool in_headers_ = false;   // after a status line, before the empty line
  bool cut_ = false;          // the body was longer than max_response_bytes
  bool refused_one_ = false;  // an address was forbidden
  bool allowed_one_ = false;  // another was not
  char message_[CURL_ERROR_SIZE] = {};
};

}  // namespace millrace::http
