#pragma once

#include "config/settings.hpp"
#include "connectors/http/client.hpp"
#include "runtime/supervision/event_loop.hpp"

#include <memory>

namespace millrace::cli {

/// A short-lived client of the broker's management API for a command. Runs its own event loop, so its owner may block for an
/// answer.
class management_session {
 public:
  explicit management_session(const config::settings& s);
  ~management_session();
  management_session(const management_session&) = delete;
  management_session& operator=(const management_session&) = delete;

  http::client& client() noexcept { return *client_; }

 private:
  supervision::event_loop loop_;
  std::unique_ptr<http::client> client_;
};

}  // namespace millrace::cli
