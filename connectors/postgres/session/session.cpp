#include "connectors/postgres/session/session.hpp"

#include "connectors/postgres/session/raw_connection.hpp"

#include <poll.h>

namespace millrace::postgres {

namespace {
failure swallowed_error() {
  return {failure_class::isolate, "25P02", "the transaction continued after a database error; nothing was committed"};
}
}  // namespace

session::session(session_options options) : options_(std::move(options)) {}
session::~session() = default;

bool session::connected() const noexcept { return connection_ && connection_->is_open(); }
void session::disconnect() noexcept { connection_.reset(); }

void session::wait_for_end(int wake, std::chrono::milliseconds patience) const {
  if (!connected()) return;
  pollfd either[] = {{connection_->socket(), POLLIN, 0}, {wake, POLLIN, 0}};
  ::poll(either, std::size(either), static_cast<int>(patience.count()));
}

tl::expected<void, failure> session::connect() {
  if (connected()) return {};
  disconnect();
  auto target = read_target(options_);
  if (!target) return tl::unexpected(target.error());
  try {
    connection_ = std::make_unique<raw_connection>(*target, options_);
    return {};
  } catch (const std::exception& error) {
    auto why = database_failure(error);
    if (!why) throw;
    why->message = "cannot connect to " + target->where + ": " + target->redacted(why->message);
    return tl::unexpected(std::move(*why));
  }
}

tl::expected<void, failure> session::run(const std::function<void(unit_of_work&)>& work) {
  if (auto ready = connect(); !ready) return ready;
  bool committing = false;
  try {
    const auto watching = connection_->watch();
    const auto transaction = connection_->begin(options_.read_only);
    unit_of_work unit(*connection_, *transaction, connection_->prepared);
    work(unit);
    if (connection_->transaction_failed()) {
      transaction->abort();
      return tl::unexpected(failure{failure_class::isolate, "25P02", "a database error was ignored; nothing was committed"});
    }
    committing = true;
    transaction->commit();
    return {};
  } catch (const std::exception& error) {
    // libpqxx rolls back immediately after some errors and then refuses to commit.
    if (committing && dynamic_cast<const pqxx::usage_error*>(&error)) return tl::unexpected(swallowed_error());
    auto why = database_failure(error);
    if (!why) {
      if (!connected()) disconnect();
      throw;
    }
    // Without an answer to COMMIT, its result is unknown.
    if (committing && why->kind == failure_class::pause && !connected()) why->kind = failure_class::in_doubt;
    return tl::unexpected(failed(std::move(*why)));
  }
}

failure session::failed(failure why) {
  why.message = connection_->target().redacted(why.message);
  // After `pause`, the next connection may reach another, writable server.
  if (why.kind == failure_class::pause || why.kind == failure_class::in_doubt || !connected()) disconnect();
  return why;
}

}  // namespace millrace::postgres
