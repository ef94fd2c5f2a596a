#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace {

/// Builds a document from a parser's events. A duplicate key in an object is an error, because it is ambiguous which value
/// counts. The parser enforces the limits.
class payload_document {
 public:
  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t value) { return add(value); }
  bool number_unsigned(std::uint64_t value) { return add(value); }
  bool number_float(double value) { return add(value); }
  bool string(std::string& value) { return add(std::move(value)); }
  bool start_object() { return open(nlohmann::json::object()); }
  bool key(std::string& name);
  bool end_object() { return close(); }
  bool start_array() { return open(nlohmann::json::array()); }
  bool end_array() { return close(); }

  /// Set once a call has returned false.
  const std::optional<std::string>& error() const noexcept { return error_; }
  nlohmann::json take() { return std::move(root_); }

 private:
  bool add(nlohmann::json value);
  bool open(nlohmann::json container);
  bool close();
  nlohmann::json* place(nlohmann::json value);

  nlohmann::json root_;
  std::vector<nlohmann::json*> open_;  // a container does not grow while one inside it is open, so pointers stay valid
  nlohmann::json* member_ = nullptr;   // target of the last key's value
  std::optional<std::string> error_;
};

}  // namespace millrace
