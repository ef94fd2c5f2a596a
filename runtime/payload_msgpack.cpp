#include "runtime/payload_formats.hpp"
#include "runtime/utf8.hpp"

#include <bit>
#include <cmath>
#include <vector>

namespace millrace {
namespace {

/// Reads msgpack. A length that is announced is believed only as far as there are bytes for it.
class msgpack_walk {
 public:
  msgpack_walk(std::string_view bytes, const payload_limits& limits, payload_document* out)
      : bytes_(bytes), limits_(limits), out_(out) {}

  std::optional<std::string> run() {
    if (bytes_.empty()) return "the payload is empty";
    do {
      if (!item() || !close_full()) return std::move(error_);
    } while (!open_.empty());
    if (at_ != bytes_.size()) fail("unexpected bytes after the value", at_);
    return std::move(error_);
  }

 private:
  struct container {
    std::uint64_t left;  // values still to come; keys count too
    bool is_map;
  };

  bool fail(const std::string& what, std::size_t where) {
    error_ = what + " at byte " + std::to_string(where);
    return false;
  }
  bool truncated() { return fail("the value is cut off", bytes_.size()); }
  std::size_t left() const { return bytes_.size() - at_; }
  bool key_expected() const { return !open_.empty() && open_.back().is_map && open_.back().left % 2 == 0; }

  bool item() {
    start_ = at_;
    const auto first = static_cast<std::uint8_t>(bytes_[at_]);
    ++at_;
    const bool is_text =
        (first >= 0xA0 && first < 0xC0) || (first >= 0xD9 && first <= 0xDB) || (first >= 0xC4 && first <= 0xC6);
    if (key_expected() && !is_text) return fail("a map key that is no text", start_);
    if (first < 0x80) return !out_ || out_->number_unsigned(first);
    if (first < 0x90) return map(first & 0x0Fu);
    if (first < 0xA0) return array(first & 0x0Fu);
    if (first < 0xC0) return text(first & 0x1Fu);
    if (first >= 0xE0) return !out_ || out_->number_integer(static_cast<std::int8_t>(first));
    return typed(first);
  }

  bool typed(std::uint8_t first) {
    std::uint64_t n = 0;
    switch (first) {
      case 0xC0:
        return !out_ || out_->null();
      case 0xC2:
        return !out_ || out_->boolean(false);
      case 0xC3:
        return !out_ || out_->boolean(true);
      case 0xC4:
      case 0xC5:
      case 0xC6:
        return number(n, 1U << (first - 0xC4)) && text(n);
      case 0xCA:
        return number(n, 4) && real(static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(n))));
      case 0xCB:
        return number(n, 8) && real(std::bit_cast<double>(n));
      case 0xCC:
      case 0xCD:
      case 0xCE:
      case 0xCF:
        return number(n, 1U << (first - 0xCC)) && (!out_ || out_->number_unsigned(n));
      case 0xD0:
      case 0xD1:
      case 0xD2:
      case 0xD3:
        return integer(1U << (first - 0xD0));
      case 0xD9:
      case 0xDA:
      case 0xDB:
        return number(n, 1U << (first - 0xD9)) && text(n);
      case 0xDC:
      case 0xDD:
        return number(n, first == 0xDC ? 2 : 4) && array(n);
      case 0xDE:
      case 0xDF:
        return number(n, first == 0xDE ? 2 : 4) && map(n);
      case 0xC1:
        return fail("0xc1, which msgpack does not use,", start_);
      default:
        return fail("an extension type, which is not allowed,", start_);
    }
  }

  /// Big-endian, `width` bytes.
  bool number(std::uint64_t& value, std::size_t width) {
    if (left() < width) return truncated();
    for (std::size_t i = 0; i < width; ++i) value = (value << 8) | static_cast<std::uint8_t>(bytes_[at_ + i]);
    at_ += width;
    return true;
  }

  bool integer(std::size_t width) {
    std::uint64_t n = 0;
    if (!number(n, width)) return false;
    const auto unused = static_cast<int>(64 - 8 * width);
    return !out_ || out_->number_integer(static_cast<std::int64_t>(n << unused) >> unused);
  }

  bool real(double value) {
    if (!std::isfinite(value)) return fail("a number that is not finite", start_);
    return !out_ || out_->number_float(value);
  }

  bool text(std::uint64_t length) {
    if (length > left()) return truncated();
    if (length > limits_.max_text_bytes)
      return fail("text of more than " + std::to_string(limits_.max_text_bytes) + " bytes", start_);
    const std::string_view bytes = bytes_.substr(at_, static_cast<std::size_t>(length));
    const std::size_t valid = valid_text_prefix(bytes);
    if (valid != bytes.size()) return fail(bytes[valid] == '\0' ? "NUL in a text" : "invalid UTF-8", at_ + valid);
    at_ += bytes.size();
    if (!out_) return true;
    std::string copy{bytes};
    if (key_expected() ? out_->key(copy) : out_->string(copy)) return true;
    return fail(*out_->error(), start_);
  }

  bool array(std::uint64_t elements) { return open(elements, elements, false) && (!out_ || out_->start_array()); }
  bool map(std::uint64_t members) { return open(members, 2 * members, true) && (!out_ || out_->start_object()); }

  bool open(std::uint64_t elements, std::uint64_t values, bool is_map) {
    if (open_.size() >= limits_.max_depth)
      return fail("nested more than " + std::to_string(limits_.max_depth) + " deep", start_);
    if (values > left()) return truncated();  // each value takes a byte at least
    elements_ += elements;
    if (elements_ > limits_.max_elements)
      return fail("more than " + std::to_string(limits_.max_elements) + " elements", start_);
    opened_ = true;
    open_.push_back({values, is_map});
    return true;
  }

  /// Counts the item just read in its container, and closes all that are complete.
  bool close_full() {
    if (!opened_ && !open_.empty()) --open_.back().left;
    opened_ = false;
    while (!open_.empty() && open_.back().left == 0) {
      if (out_) open_.back().is_map ? out_->end_object() : out_->end_array();
      open_.pop_back();
      if (!open_.empty()) --open_.back().left;
    }
    if (!open_.empty() && left() == 0) return truncated();
    return true;
  }

  std::string_view bytes_;
  const payload_limits& limits_;
  payload_document* out_;
  std::size_t at_ = 0;
  std::size_t start_ = 0;  // of the item being read
  std::uint64_t elements_ = 0;
  bool opened_ = false;  // the item just read is a container
  std::vector<container> open_;
  std::optional<std::string> error_;
};

}  // namespace

std::optional<std::string> walk_msgpack(std::string_view bytes, const payload_limits& limits, payload_document* out) {
  return msgpack_walk{bytes, limits, out}.run();
}

}  // namespace millrace
