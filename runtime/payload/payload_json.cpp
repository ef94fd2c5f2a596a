#include "config/text/utf8.hpp"
#include "runtime/payload/json_unescape.hpp"
#include "runtime/payload/payload_formats.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace millrace {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Bytes that represent themselves in a string: ASCII except control characters, quote and backslash.
constexpr auto plain = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0x20; c < 0x80; ++c) table[c] = c != '"' && c != '\\';
  return table;
}();

/// Parses JSON by the grammar of RFC 8259. Each function that returns bool has recorded the error when it returns false.
class json_walker {
 public:
  json_walker(std::string_view bytes, const payload_limits& limits, payload_document* out)
      : bytes_(bytes), limits_(limits), out_(out) {}

  std::optional<std::string> run() {
    if (bytes_.starts_with("\xEF\xBB\xBF")) return "JSON must not start with a byte order mark";
    skip_space();
    if (done()) return "the payload is empty";
    if (values() && (skip_space(), !done())) fail("unexpected text after the value");
    return std::move(error_);
  }

 private:
  bool done() const { return at_ == bytes_.size(); }
  char peek() const { return done() ? '\0' : bytes_[at_]; }
  void skip_space() {
    while (!done() && (bytes_[at_] == ' ' || bytes_[at_] == '\n' || bytes_[at_] == '\r' || bytes_[at_] == '\t')) ++at_;
  }
  bool fail(const std::string& what) {
    error_ = what + (done() ? " at the end, byte " : " at byte ") + std::to_string(at_);
    return false;
  }

  /// Parses one value with its contents. `open_` holds the enclosing containers.
  bool values() {
    do {
      skip_space();
      bool opened = false;
      if (!value(opened)) return false;
      if (!opened && !after_value()) return false;
    } while (!open_.empty());
    return true;
  }

  bool value(bool& opened) {
    switch (peek()) {
      case '{':
      case '[':
        return container(opened);
      case '"':
        return string() && (!out_ || place_text());
      case 't':
        return literal("true") && (!out_ || out_->boolean(true));
      case 'f':
        return literal("false") && (!out_ || out_->boolean(false));
      case 'n':
        return literal("null") && (!out_ || out_->null());
      default:
        return number();
    }
  }

  /// `opened`: a value of the container follows; false if the container is empty.
  bool container(bool& opened) {
    if (open_.size() >= limits_.max_depth) return fail("nested more than " + std::to_string(limits_.max_depth) + " deep");
    const char kind = bytes_[at_++];
    if (out_ && !(kind == '{' ? out_->start_object() : out_->start_array())) return false;
    skip_space();
    if (peek() == closing(kind)) return close(kind);
    open_.push_back(kind);
    opened = true;
    return next_element();
  }

  /// After a value: closes the containers that end here, up to the next value or the end.
  bool after_value() {
    while (!open_.empty()) {
      skip_space();
      if (peek() == ',') {
        ++at_;
        skip_space();
        return next_element();
      }
      if (done() || bytes_[at_] != closing(open_.back()))
        return fail(open_.back() == '{' ? "expected ',' or '}'" : "expected ',' or ']'");
      close(open_.back());
      open_.pop_back();
    }
    return true;
  }

  bool close(char kind) {
    ++at_;
    return !out_ || (kind == '{' ? out_->end_object() : out_->end_array());
  }

  /// Counts an element, and parses the key if it is a member.
  bool next_element() {
    if (++elements_ > limits_.max_elements) return fail("more than " + std::to_string(limits_.max_elements) + " elements");
    if (open_.back() == '[') return true;
    if (peek() != '"') return fail("expected a key in double quotes");
    if (!string()) return false;
    if (out_ && !place_key()) return false;
    skip_space();
    if (peek() != ':') return fail("expected ':'");
    ++at_;
    return true;
  }

  /// Stores the text between the quotes in `raw_`.
  bool string() {
    const std::size_t start = ++at_;
    escaped_ = false;
    while (!done()) {
      while (!done() && plain[static_cast<unsigned char>(bytes_[at_])]) ++at_;
      if (done()) break;
      if (bytes_[at_] == '"') {
        if (at_ - start > limits_.max_text_bytes)
          return fail("text of more than " + std::to_string(limits_.max_text_bytes) + " bytes");
        raw_ = bytes_.substr(start, at_ - start);
        ++at_;
        return true;
      }
      if (!(bytes_[at_] == '\\' ? escape() : other_character())) return false;
    }
    return fail("text without closing quote");
  }

  /// The last parsed string.
  std::string text() const { return escaped_ ? unescaped_json(raw_) : std::string{raw_}; }
  bool place_text() {
    auto read = text();
    return out_->string(read);
  }
  bool place_key() {
    auto read = text();
    if (out_->key(read)) return true;
    error_ = *out_->error();
    return false;
  }

  bool other_character() {
    if (static_cast<unsigned char>(bytes_[at_]) < 0x20) return fail("control character in a text");
    const std::size_t length = text::utf8_sequence(bytes_.substr(at_));
    if (length == 0) return fail("invalid UTF-8");
    at_ += length;
    return true;
  }

  bool escape() {
    escaped_ = true;
    ++at_;
    constexpr std::string_view simple = "\"\\/bfnrt";
    if (!done() && simple.find(bytes_[at_]) != simple.npos) {
      ++at_;
      return true;
    }
    if (peek() != 'u') return fail("unknown escape in a text");
    const std::size_t start = at_ - 1;
    unsigned unit = 0;
    unsigned low = 0;
    if (!hex(unit)) return false;
    const bool is_high = unit >= 0xD800 && unit < 0xDC00;
    if (is_high && bytes_.substr(at_).starts_with("\\u")) {
      ++at_;
      if (!hex(low)) return false;
    }
    if (unit != 0 && (is_high ? low >= 0xDC00 && low < 0xE000 : unit < 0xDC00 || unit > 0xDFFF)) return true;
    at_ = start;
    return fail(unit == 0 ? "\\u0000 in a text" : "half of a surrogate pair");
  }

  bool hex(unsigned& unit) {
    ++at_;  // the u
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = peek();
      const char lower = static_cast<char>(c | 0x20);
      if (!is_digit(c) && (lower < 'a' || lower > 'f')) return fail("expected four hex digits after \\u");
      unit = unit * 16 + static_cast<unsigned>(is_digit(c) ? c - '0' : lower - 'a' + 10);
    }
    return true;
  }

  bool literal(std::string_view word) {
    if (!bytes_.substr(at_).starts_with(word)) return fail("expected a value");
    at_ += word.size();
    return true;
  }

  bool digits() {
    if (!is_digit(peek())) return false;
    while (is_digit(peek())) ++at_;
    return true;
  }

  bool number() {
    const std::size_t start = at_;
    if (peek() == '-') ++at_;
    if (peek() == '0')
      ++at_;
    else if (!digits())
      return fail(at_ == start ? "expected a value" : "expected a digit");
    const bool fraction = peek() == '.';
    if (fraction && (++at_, !digits())) return fail("expected a digit");
    const bool scaled = peek() == 'e' || peek() == 'E';
    if (scaled) {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (!digits()) return fail("expected a digit");
    }
    if (out_ && !fraction && !scaled && whole_number(bytes_.substr(start, at_ - start))) return true;
    // Only these can exceed a double's range, so that ordinary numbers need no conversion.
    return (!out_ && !scaled && at_ - start <= 300) || real_number(start);
  }

  /// Adds the number to the document if it fits into 64 bits.
  bool whole_number(std::string_view digits) {
    const auto read = [digits](auto& value) {
      return std::from_chars(digits.data(), digits.data() + digits.size(), value).ec == std::errc{};
    };
    std::int64_t negative = 0;
    std::uint64_t positive = 0;
    if (digits.starts_with('-')) return read(negative) && out_->number_integer(negative);
    return read(positive) && out_->number_unsigned(positive);
  }

  bool real_number(std::size_t start) {
    const std::string copy{bytes_.substr(start, at_ - start)};
    const double value = std::strtod(copy.c_str(), nullptr);
    if (std::isfinite(value)) return !out_ || out_->number_float(value);
    at_ = start;
    return fail("number out of range");
  }

  static char closing(char kind) { return kind == '{' ? '}' : ']'; }

  std::string_view bytes_;
  const payload_limits& limits_;
  std::size_t at_ = 0;
  std::size_t elements_ = 0;
  payload_document* out_;
  std::string_view raw_;  // the last parsed string, as written
  bool escaped_ = false;  // it contains escapes
  std::string open_;      // '{' and '[', never longer than max_depth
  std::optional<std::string> error_;
};

}  // namespace

std::optional<std::string> walk_json(std::string_view bytes, const payload_limits& limits, payload_document* out) {
  return json_walker{bytes, limits, out}.run();
}

}  // namespace millrace
