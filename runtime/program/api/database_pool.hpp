#pragma once

#include "connectors/postgres/session/session.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace millrace::api {

/// The database connections of the API, separate from those of the pipeline, so that operators and tasks never wait for each
/// other's connections.
/// Thread-safe.
class database_pool {
 public:
  database_pool(const postgres::session_options& options, std::size_t connections);

  /// Runs `work` in a transaction on the caller's thread, up to three times. Waits up to two seconds for a connection.
  /// Throws `problem`: unavailable if the database is unavailable or too slow, or if the result of the commit is unknown;
  /// invalid_request for a value that cannot be stored; else internal. Other exceptions of `work` pass through.
  void run(const std::function<void(unit_of_work&)>& work);

 private:
  class borrowed_session;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<postgres::session>> idle_;
};

}  // namespace millrace::api
