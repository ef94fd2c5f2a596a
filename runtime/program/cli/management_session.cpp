#include "runtime/program/cli/management_session.hpp"

#include "actors/node/connector_options.hpp"

namespace millrace::cli {

management_session::management_session(const config::settings& s) {
  loop_.run_and_wait([&] {
    client_ = http::make_client(
        loop_.uv(), [this](std::function<void()> job) { loop_.post(std::move(job)); }, actors::management_options(s));
  });
}

management_session::~management_session() {
  loop_.run_and_wait([this] { client_.reset(); });
}

}  // namespace millrace::cli
