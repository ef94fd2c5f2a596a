#pragma once

#include "connectors/postgres/session/unit_of_work.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The columns of a batch as parameters of one set-based statement.
namespace millrace::postgres {

/// One column as an array. Most columns of a batch have the same value in all rows (tenant, type, queue, empty); such a
/// column is sent as one element. `unnest` of several arrays pads the shorter ones with NULL, so a statement reads a column
/// as `coalesce(u.x, ($n::text[])[1])`. Hence no element is NULL: an empty text or a number out of range means no value.
class column_array {
 public:
  /// Converts text that PostgreSQL cannot store with storable_text.
  void add(std::string_view text);
  void add(long long number);
  /// The array's text; no rows can be added afterwards.
  const std::string& str();

 private:
  bool repeats(std::string_view value) const;
  void append(std::string_view value);

  std::string first_;
  std::size_t equal_ = 0;  ///< rows so far, while all are equal to the first
  bool uniform_ = true;
  text_array array_;
};

/// One bytea column: all values in one binary parameter, which avoids hex, with their positions and lengths. SQL:
/// `substring($blob::bytea from start for length)`. Values are copied by `blob` only, so they must be valid until then.
class batch_bytes {
 public:
  void add(std::string_view bytes);
  const std::string& starts() { return starts_.str(); }  ///< 1-based, as in SQL
  const std::string& lengths() { return lengths_.str(); }
  pqxx::binarystring blob() const;

 private:
  std::vector<std::string_view> values_;
  std::size_t size_ = 0;
  text_array starts_;
  text_array lengths_;
};

}  // namespace millrace::postgres
