#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace millrace {

/// Immutable bytes with shared ownership: a message body in its read buffer. Copying copies a pointer. Safe to read from any
/// thread.
class shared_bytes {
 public:
  shared_bytes() = default;
  shared_bytes(std::shared_ptr<const void> owner, std::string_view view) : owner_(std::move(owner)), view_(view) {}

  /// Takes ownership of the text.
  static shared_bytes own(std::string text) {
    auto held = std::make_shared<const std::string>(std::move(text));
    std::string_view view{*held};
    return {std::move(held), view};
  }

  std::string_view view() const noexcept { return view_; }
  std::size_t size() const noexcept { return view_.size(); }

 private:
  std::shared_ptr<const void> owner_;
  std::string_view view_;
};

}  // namespace millrace
