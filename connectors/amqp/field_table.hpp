#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace millrace::amqp {

struct field_value;
struct field_entry;
using field_array = std::vector<field_value>;
/// Name and value in wire order; names may repeat, the last one counts.
using field_table = std::vector<field_entry>;

struct decimal {
  std::uint8_t scale = 0;
  std::int32_t value = 0;
  bool operator==(const decimal&) const = default;
};
struct timestamp {
  std::uint64_t seconds = 0;  ///< since 1970, UTC
  bool operator==(const timestamp&) const = default;
};
struct byte_array {
  std::string bytes;
  bool operator==(const byte_array&) const = default;
};

/// A value of a field table, with the type letters of RabbitMQ (its "AMQP 0-9-1 errata"): t b B s u I i l f d D S A T F V
/// x. Integers of every width are stored as int64.
struct field_value {
  std::variant<std::monostate, bool, std::int64_t, double, decimal, std::string, byte_array, timestamp, field_array,
               field_table>
      value;
  bool operator==(const field_value&) const = default;
};

/// Not a std::pair: clang 14 (clang-tidy, the fuzz targets) cannot complete a pair that contains a table of itself.
struct field_entry {
  field_entry(std::string n, field_value v) : name(std::move(n)), value(std::move(v)) {}
  std::string name;
  field_value value;
  bool operator==(const field_entry&) const = default;
};

/// The last value under `name`, or nullptr.
const field_value* find(const field_table& table, const char* name) noexcept;
/// JSON text of a table, for display and for the dead-letter row. Bytes that are not UTF-8 are replaced (U+FFFD).
std::string to_json(const field_table& table);

}  // namespace millrace::amqp
