#include "connectors/postgres/session/raw_connection.hpp"

#include "monitoring/log/log.hpp"

#include <algorithm>
#include <libpq-fe.h>

namespace millrace::postgres {

namespace {

class logged_notices : public pqxx::errorhandler {
 public:
  logged_notices(pqxx::connection_base& connection, const connection_target& target)
      : pqxx::errorhandler(connection), target_(target) {}

  bool operator()(const char message[]) noexcept override {
    if (monitoring::enabled(monitoring::level::debug))
      monitoring::log(monitoring::level::debug, "database notice", {{"notice", target_.redacted(message)}});
    return false;  // the default handler would print to standard error
  }

 private:
  const connection_target& target_;
};

// Added to the server's statement timeout, which a working server enforces itself.
constexpr std::chrono::seconds answer_margin{5};

using read_only_snapshot = pqxx::transaction<pqxx::repeatable_read, pqxx::read_only>;

}  // namespace

connect_and_remember::handle connect_and_remember::do_startconnect(handle original) {
  current_ = pqxx::connect_direct::do_startconnect(original);
  return current_;
}

connect_and_remember::handle connect_and_remember::do_disconnect(handle original) noexcept {
  current_ = nullptr;
  return pqxx::connect_direct::do_disconnect(original);
}

session::raw_connection::raw_connection(connection_target target, const session_options& options)
    : pqxx::connection_base(policy_), target_(std::move(target)), policy_(target_.conninfo) {
  if (options.statement_timeout.count() > 0) patience_ = options.statement_timeout + answer_margin;
  init();
  const auto watching = watch();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  inhibit_reactivation(true);  // deprecated because version 7 never reactivates, which is the wanted behaviour
#pragma GCC diagnostic pop
  notices_ = std::make_unique<logged_notices>(*this, target_);
  set_up(options);
}

session::raw_connection::~raw_connection() { close(); }

void session::raw_connection::set_up(const session_options& options) {
  const auto milliseconds = [](std::chrono::milliseconds time) {
    return std::to_string(std::max<long long>(0, time.count()));
  };
  // A node that freezes inside a transaction must not hold its locks forever.
  const auto idle = std::max(options.statement_timeout, std::chrono::milliseconds(60'000));
  pqxx::nontransaction work(*this);
  work.exec("set statement_timeout = " + milliseconds(options.statement_timeout) +  //
            "; set lock_timeout = " + milliseconds(options.lock_timeout) + "; set idle_in_transaction_session_timeout = " +
            milliseconds(idle) + "; set default_transaction_isolation = 'read committed'");
  if (options.read_only) return;
  // A batch joins its arrays to rows by key, best with a nested loop over an index, whose cost does not depend on the
  // table's size. For a small table the planner would choose a scan or a hash, and keep that cached plan as the table
  // grows. With index plans only, the cached plan stays valid.
  if (options.for_batches)
    work.exec(
        "set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set enable_hashjoin = off; "
        "set enable_mergejoin = off; set jit = off");
  // Acknowledged data must be on disk, whatever the server's default. Stricter settings are kept.
  work.exec("select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'");
}

std::unique_ptr<pqxx::dbtransaction> session::raw_connection::begin(bool read_only) {
  if (read_only) return std::make_unique<read_only_snapshot>(*this);
  return std::make_unique<pqxx::work>(*this);
}

std::unique_ptr<stalled_connection_guard> session::raw_connection::watch() const {
  if (!patience_ || policy_.current() == nullptr) return nullptr;
  return std::make_unique<stalled_connection_guard>(PQsocket(policy_.current()), *patience_);
}

int session::raw_connection::socket() const noexcept { return PQsocket(policy_.current()); }

bool session::raw_connection::transaction_failed() const noexcept {
  return policy_.current() != nullptr && PQtransactionStatus(policy_.current()) == PQTRANS_INERROR;
}

}  // namespace millrace::postgres
