#pragma once

#include <pqxx/pqxx>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace millrace {

namespace monitoring {
class metrics;
}

/// A statement that is prepared once per connection, at first use. Keep them `static constexpr` beside their callers;
/// the name must be unique in the program.
struct statement {
  const char* name;
  const char* sql;
};

/// One open transaction, for code that works in it. The session commits or rolls back. Not thread-safe; used on the
/// connection's thread only.
class unit_of_work {
 public:
  unit_of_work(pqxx::connection_base& connection, pqxx::transaction_base& transaction,
               std::unordered_set<std::string>& prepared);

  /// Runs a prepared statement; parameters as pqxx accepts them, arrays as text from `text_array`.
  /// Throws pqxx exceptions, which the session classifies.
  template <class... Args>
  pqxx::result exec(const statement& s, Args&&... args) {
    prepare(s);
    return transaction_.exec_prepared(s.name, std::forward<Args>(args)...);
  }

  /// Runs `change` in a savepoint. Returns false and undoes only `change` if it violates a unique constraint. Costs two more
  /// round trips, which is cheaper than a query before the insert from `worth_an_attempt` rows on.
  bool attempt(const std::function<void()>& change);
  static constexpr std::size_t worth_an_attempt = 50;

  /// Registers an update of metrics that runs once after the commit, and never if the transaction is rolled back, bisected
  /// or repeated. For figures that only the handler knows; one call per batch.
  using count = std::function<void(monitoring::metrics&)>;
  void once_committed(count what) { counts_.push_back(std::move(what)); }
  std::vector<count> take_counts() { return std::exchange(counts_, {}); }

  /// For commands that cannot be prepared: DDL, SET LOCAL, COPY, cursors.
  pqxx::transaction_base& transaction() noexcept { return transaction_; }

 private:
  void prepare(const statement& s);

  pqxx::connection_base& connection_;
  pqxx::transaction_base& transaction_;
  std::unordered_set<std::string>& prepared_;
  std::vector<count> counts_;
};

/// Builds the text form of a one-dimensional array parameter: `text_array a; a.add("x"); a.add_null(); a.str()`.
/// Pass it with a cast in SQL: `unnest($1::uuid[])`. Escapes any text; NUL, which text cannot contain, is
/// std::invalid_argument.
class text_array {
 public:
  void add(std::string_view text);
  void add(long long number);
  void add_null();
  /// bytea element, as hex.
  void add_bytes(std::string_view bytes);
  const std::string& str();

 private:
  void separate();
  std::string text_ = "{";
  bool closed_ = false;
};

}  // namespace millrace
