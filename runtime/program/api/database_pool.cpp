#include "runtime/program/api/database_pool.hpp"

#include "monitoring/log/log.hpp"
#include "runtime/program/api/problem.hpp"

namespace millrace::api {
namespace {

constexpr std::chrono::seconds connection_timeout{2};
constexpr int max_attempts = 3;

[[noreturn]] void throw_problem(const postgres::failure& failure) {
  using enum postgres::failure_class;
  monitoring::log(monitoring::level::warn, "operator request failed in the database",
                  {{"sqlstate", failure.sqlstate}, {"error", failure.message}});
  if (failure.kind == in_doubt)
    throw problem{problem_kind::unavailable, "connection lost during commit; verify whether the change was applied"};
  if (failure.kind == pause || failure.kind == retry)
    throw problem{problem_kind::unavailable, "database unavailable; its transaction was rolled back"};
  if (failure.kind == isolate)
    throw problem{problem_kind::invalid_request,
                  "value cannot be stored: " + failure.message.substr(0, failure.message.find('\n'))};
  throw problem{problem_kind::internal, "database error; see the log of this node"};
}

}  // namespace

/// Takes a session out of the pool and returns it in the destructor.
class database_pool::borrowed_session {
 public:
  explicit borrowed_session(database_pool& owner) : owner_(owner) {
    std::unique_lock lock{owner_.mutex_};
    if (!owner_.returned_.wait_for(lock, connection_timeout, [&] { return !owner_.idle_.empty(); }))
      throw problem{problem_kind::unavailable, "all database connections of the API are busy; try again"};
    session_ = std::move(owner_.idle_.back());
    owner_.idle_.pop_back();
  }
  ~borrowed_session() {
    {
      const std::lock_guard lock{owner_.mutex_};
      owner_.idle_.push_back(std::move(session_));
    }
    owner_.returned_.notify_one();
  }
  borrowed_session(const borrowed_session&) = delete;
  borrowed_session& operator=(const borrowed_session&) = delete;
  postgres::session& operator*() { return *session_; }

 private:
  database_pool& owner_;
  std::unique_ptr<postgres::session> session_;
};

database_pool::database_pool(const postgres::session_options& options, std::size_t connections) {
  for (std::size_t i = 0; i < connections; ++i) idle_.push_back(std::make_unique<postgres::session>(options));
}

void database_pool::run(const std::function<void(unit_of_work&)>& work) {
  borrowed_session session{*this};
  for (int attempt = 1;; ++attempt) {
    auto result = (*session).run(work);
    if (result) return;
    if (result.error().kind != postgres::failure_class::retry || attempt == max_attempts) throw_problem(result.error());
  }
}

}  // namespace millrace::api
