#include "connectors/postgres/cluster/presence.hpp"

#include "connectors/postgres/session/text_sanitizer.hpp"

#include <stdexcept>
#include <sys/eventfd.h>
#include <unistd.h>

namespace millrace::postgres {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto others_come_back_within = 10s;
constexpr auto check_interval = 1'000ms;  // detects a server that vanished without closing the connection
constexpr auto retry_after = 100ms;

constexpr statement take_lock{"presence_take", "select pg_advisory_lock(hashtextextended('millrace node ' || $1::text, 0))"};
constexpr statement still_there{"presence_look", "select 1"};

// The shared lock is granted only if the node's exclusive lock is released, and prevents taking it meanwhile. The postmaster
// may survive a crash that ends all sessions; the statistics do not.
constexpr statement find_dead{"presence_dead", R"sql(
select name from unnest($1::text[]) name
where now() - greatest(pg_postmaster_start_time(), (select stats_reset from pg_stat_bgwriter)) > interval '10 seconds'
  and pg_try_advisory_xact_lock_shared(hashtextextended('millrace node ' || name, 0)))sql"};

}  // namespace

presence::presence(session_options options, std::string identity, listener on_change)
    : options_(std::move(options)),
      identity_(std::move(identity)),
      on_change_(std::move(on_change)),
      wake_(::eventfd(0, EFD_CLOEXEC)) {
  if (wake_ < 0) throw std::runtime_error("cannot create an eventfd for the node's presence lock");
  thread_ = std::thread([this] { run(); });
}

presence::~presence() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  ::eventfd_write(wake_, 1);
  thread_.join();
  ::close(wake_);
}

bool presence::wait_until_held(std::chrono::milliseconds patience) {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, patience, [this] { return held_; });
}

bool presence::others_are_back() const {
  const std::lock_guard lock{mutex_};
  return held_ && (!was_lost_ || steady_clock::now() - held_since_ > others_come_back_within);
}

bool presence::stopping() const {
  const std::lock_guard lock{mutex_};
  return stopping_;
}

void presence::report(bool held, const std::string& why) {
  {
    const std::lock_guard lock{mutex_};
    if (!held) was_lost_ = true;
    if (held && !held_) held_since_ = steady_clock::now();
    held_ = held;
    epoch_ = held ? ++taken_ : 0;
  }
  changed_.notify_all();
  on_change_(held, why);
}

void presence::hold_lock(session& s) {
  auto taken = s.run([this](unit_of_work& work) {
    work.transaction().exec(
        "set idle_session_timeout = 0; set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 2;"
        " set tcp_keepalives_count = 3; set tcp_user_timeout = 11000; set idle_in_transaction_session_timeout = 0");
    work.exec(take_lock, storable_text(identity_));
  });
  if (taken) report(true, {});
  while (taken && !stopping()) {
    s.wait_for_end(wake_, check_interval);
    taken = s.run([](unit_of_work& work) { work.exec(still_there); });
  }
  if (!taken) report(false, taken.error().message);
}

void presence::run() {
  session s{options_};
  while (!stopping()) {
    try {
      hold_lock(s);
    } catch (const std::exception& e) {
      report(false, e.what());
    }
    s.disconnect();
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, retry_after, [this] { return stopping_; });
  }
}

std::vector<std::string> dead_nodes(unit_of_work& work, const std::vector<std::string>& identities) {
  text_array names;
  for (const auto& name : identities) names.add(storable_text(name));
  std::vector<std::string> dead;
  for (const auto& row : work.exec(find_dead, names.str())) dead.emplace_back(row[0].c_str());
  return dead;
}

}  // namespace millrace::postgres
