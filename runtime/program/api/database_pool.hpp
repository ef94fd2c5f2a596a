#pragma once

#include "connectors/postgres/session/session.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace millrace::api {

/// The database connections of the API: few, and its own, so that neither operators wait for tasks nor tasks for them.
/// Thread-safe.
class database_pool {
 public:
  database_pool(const postgres::session_options& options, std::size_t connections);

  /// Runs `work` in a transaction, on the caller's thread; it may run more than once. Waits up to two seconds for a
  /// connection. Throws `problem`: unavailable if the database is away or too slow, or if it cannot be told whether the
  /// commit has happened; what else `work` throws passes through.
  void run(const std::function<void(unit_of_work&)>& work);

 private:
  class lent;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<postgres::session>> free_;
};

}  // namespace millrace::api
