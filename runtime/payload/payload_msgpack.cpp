#include "config/text/utf8.hpp"
#include "runtime/payload/payload_formats.hpp"

#include <msgpack.hpp>

#include <cmath>

namespace millrace {
namespace {

/// Validates the events of msgpack-c's parser. Allocates nothing for a length that is only announced. The parser reports the
/// offset of an error, except inside a string, where the visitor does.
class msgpack_visitor : public msgpack::null_visitor {
 public:
  msgpack_visitor(std::string_view bytes, const payload_limits& limits, payload_document* out)
      : bytes_(bytes), limits_(limits), out_(out) {}

  bool visit_nil() { return value() && (!out_ || out_->null()); }
  bool visit_boolean(bool v) { return value() && (!out_ || out_->boolean(v)); }
  bool visit_positive_integer(std::uint64_t v) { return value() && (!out_ || out_->number_unsigned(v)); }
  bool visit_negative_integer(std::int64_t v) { return value() && (!out_ || out_->number_integer(v)); }
  bool visit_float32(float v) { return visit_float64(v); }
  bool visit_float64(double v) {
    if (!std::isfinite(v)) return fail("a number that is not finite");
    return value() && (!out_ || out_->number_float(v));
  }
  bool visit_bin(const char* start, std::uint32_t size) { return visit_str(start, size); }
  bool visit_str(const char* start, std::uint32_t size) {
    if (size > limits_.max_text_bytes) return fail("text of more than " + std::to_string(limits_.max_text_bytes) + " bytes");
    const std::string_view text{start, size};
    if (const auto valid = text::valid_text_prefix(text); valid != size) {
      place_ = static_cast<std::size_t>(start - bytes_.data()) + valid;
      return fail(text[valid] == '\0' ? "NUL in a text" : "invalid UTF-8");
    }
    if (!out_) return true;
    std::string copy{text};
    if (is_key_ ? out_->key(copy) : out_->string(copy)) return true;
    return fail(*out_->error());
  }
  bool visit_ext(const char*, std::uint32_t) { return fail("an extension type, which is not allowed,"); }

  bool start_array(std::uint32_t elements) { return value() && open(elements) && (!out_ || out_->start_array()); }
  bool end_array() { return close() && (!out_ || out_->end_array()); }
  bool start_map(std::uint32_t members) { return value() && open(members) && (!out_ || out_->start_object()); }
  bool start_map_key() { return is_key_ = true; }
  bool end_map_key() { return !(is_key_ = false); }
  bool end_map() { return close() && (!out_ || out_->end_object()); }

  void parse_error(std::size_t, std::size_t) { fail("0xc1, which msgpack does not use,"); }
  void insufficient_bytes(std::size_t, std::size_t) { place_ = bytes_.size(), fail("the value is cut off"); }

  std::string error(std::size_t stopped_at) const {
    return problem_.value_or("unexpected bytes after the value") + " at byte " + std::to_string(place_.value_or(stopped_at));
  }

 private:
  bool fail(std::string what) {
    problem_ = std::move(what);
    return false;
  }
  /// Any value except a string.
  bool value() { return !is_key_ || fail("a map key that is no text"); }
  bool open(std::uint32_t elements) {
    if (++depth_ > limits_.max_depth) return fail("nested more than " + std::to_string(limits_.max_depth) + " deep");
    elements_ += elements;
    return elements_ <= limits_.max_elements || fail("more than " + std::to_string(limits_.max_elements) + " elements");
  }
  bool close() { return --depth_, true; }

  std::string_view bytes_;
  const payload_limits& limits_;
  payload_document* out_;
  bool is_key_ = false;
  std::size_t depth_ = 0;
  std::uint64_t elements_ = 0;
  std::optional<std::string> problem_;
  std::optional<std::size_t> place_;
};

}  // namespace

std::optional<std::string> walk_msgpack(std::string_view bytes, const payload_limits& limits, payload_document* out) {
  if (bytes.empty()) return "the payload is empty";
  msgpack_visitor visitor{bytes, limits, out};
  std::size_t at = 0;
  if (msgpack::parse(bytes.data(), bytes.size(), at, visitor) && at == bytes.size()) return std::nullopt;
  return visitor.error(at);
}

}  // namespace millrace
