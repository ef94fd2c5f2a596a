#include "runtime/program/api/database_pool.hpp"

#include "monitoring/log/log.hpp"
#include "runtime/program/api/problem.hpp"

namespace millrace::api {
namespace {

constexpr std::chrono::seconds patience{2};
constexpr int most_tries = 3;

[[noreturn]] void refuse(const postgres::failure& why) {
  using enum postgres::failure_class;
  monitoring::log(monitoring::level::warn, "a request of an operator failed at the database",
                  {{"sqlstate", why.sqlstate}, {"error", why.message}});
  if (why.kind == in_doubt)
    throw problem{problem_kind::unavailable, "the database ended during the commit; look whether it has happened"};
  if (why.kind == pause || why.kind == retry)
    throw problem{problem_kind::unavailable, "the database cannot be asked now; nothing was changed"};
  if (why.kind == isolate)
    throw problem{problem_kind::invalid_request,
                  "a value cannot be stored: " + why.message.substr(0, why.message.find('\n'))};
  throw problem{problem_kind::internal, "the database refused; the log of this node tells why"};
}

}  // namespace

/// A connection for as long as this lives.
class database_pool::lent {
 public:
  explicit lent(database_pool& owner) : owner_(owner) {
    std::unique_lock lock{owner_.mutex_};
    if (!owner_.returned_.wait_for(lock, patience, [&] { return !owner_.free_.empty(); }))
      throw problem{problem_kind::unavailable, "all connections of the API are busy"};
    session_ = std::move(owner_.free_.back());
    owner_.free_.pop_back();
  }
  ~lent() {
    {
      const std::lock_guard lock{owner_.mutex_};
      owner_.free_.push_back(std::move(session_));
    }
    owner_.returned_.notify_one();
  }
  lent(const lent&) = delete;
  lent& operator=(const lent&) = delete;
  postgres::session& operator*() { return *session_; }

 private:
  database_pool& owner_;
  std::unique_ptr<postgres::session> session_;
};

database_pool::database_pool(const postgres::session_options& options, std::size_t connections) {
  for (std::size_t i = 0; i < connections; ++i) free_.push_back(std::make_unique<postgres::session>(options));
}

void database_pool::run(const std::function<void(unit_of_work&)>& work) {
  lent connection{*this};
  for (int attempt = 1;; ++attempt) {
    auto done = (*connection).run(work);
    if (done) return;
    if (done.error().kind != postgres::failure_class::retry || attempt == most_tries) refuse(done.error());
  }
}

}  // namespace millrace::api
