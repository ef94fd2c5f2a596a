#pragma once

#include <string>
#include <utility>

namespace millrace {

/// A value that must never be shown: it has no stream operator, no formatter and no JSON conversion, so that logging it
/// does not compile. `reveal()` is the one way to the text; call it only to hand the value to the system it opens.
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

}  // namespace millrace
