#pragma once

#include <string>
#include <utility>

namespace millrace::config {

/// A value that must never be printed: without stream operator, formatter and JSON conversion, logging it does not compile.
/// Call `reveal()` only to pass the text to the system that it authenticates to.
class secret {
 public:
  secret() = default;
  explicit secret(std::string value) : value_(std::move(value)) {}

  /// The text itself.
  const std::string& reveal() const noexcept { return value_; }
  bool empty() const noexcept { return value_.empty(); }
  bool operator==(const secret&) const = default;

 private:
  std::string value_;
};

}  // namespace millrace::config
