#include "connectors/amqp/wire/field_codec.hpp"

#include <bit>
#include <limits>

namespace millrace::amqp {
namespace {

constexpr std::size_t max_encoded_depth = 64;

/// Recursive descent with depth and number of values checked before allocation.
class table_decoder {
 public:
  explicit table_decoder(const property_limits& limits) : limits_(limits) {}

  tl::expected<field_table, std::string> run(std::string_view bytes) {
    auto made = table(bytes, 1);
    if (!error_.empty()) return tl::unexpected(std::move(error_));
    return made;
  }

 private:
  bool enter(std::size_t depth) {
    if (depth > limits_.max_depth) return fail("nested deeper than " + std::to_string(limits_.max_depth));
    return true;
  }

  bool count() {
    if (++fields_ > limits_.max_fields) return fail("more than " + std::to_string(limits_.max_fields) + " fields");
    return true;
  }

  bool fail(std::string what) {
    if (error_.empty()) error_ = std::move(what);
    return false;
  }

  bool fail_at(std::string_view name) {
    error_ = "field '" + std::string(name.substr(0, 64)) + "': " + error_;
    return false;
  }

  field_table table(std::string_view bytes, std::size_t depth) {
    field_table made;
    if (!enter(depth)) return made;
    byte_reader in(bytes);
    while (!in.rest().empty()) {
      auto name = in.short_string();
      field_value read;
      if (!count()) return made;
      if (!value(in, depth, read)) {
        // Only the innermost name is reported; a path 32 deep would not help.
        if (error_.rfind("field '", 0) != 0) fail_at(name);
        return made;
      }
      made.emplace_back(std::string(name), std::move(read));
    }
    return made;
  }

  field_array array(std::string_view bytes, std::size_t depth) {
    field_array made;
    if (!enter(depth)) return made;
    byte_reader in(bytes);
    while (!in.rest().empty()) {
      field_value read;
      if (!count() || !value(in, depth, read)) return made;
      made.push_back(std::move(read));
    }
    return made;
  }

  bool value(byte_reader& in, std::size_t depth, field_value& out) {
    auto kind = static_cast<char>(in.u8());
    if (!in.ok()) return fail("cut short");
    if (!scalar(kind, in, out)) {
      switch (kind) {
        case 'A':
          out.value = array(in.long_string(), depth + 1);
          break;
        case 'F':
          out.value = table(in.long_string(), depth + 1);
          break;
        default:
          return fail("unknown type " + std::to_string(static_cast<unsigned char>(kind)));
      }
    }
    return in.ok() ? error_.empty() : fail("cut short");
  }

  static bool scalar(char kind, byte_reader& in, field_value& out) {
    auto integer = [&](auto number) { out.value = static_cast<std::int64_t>(number); };
    switch (kind) {
      case 't':
        out.value = in.u8() != 0;
        return true;
      case 'b':
        integer(static_cast<std::int8_t>(in.u8()));
        return true;
      case 'B':
        integer(in.u8());
        return true;
      case 's':
        integer(static_cast<std::int16_t>(in.u16()));
        return true;
      case 'u':
        integer(in.u16());
        return true;
      case 'I':
        integer(static_cast<std::int32_t>(in.u32()));
        return true;
      case 'i':
        integer(in.u32());
        return true;
      case 'l':
        integer(in.u64());
        return true;
      case 'f':
        out.value = static_cast<double>(std::bit_cast<float>(in.u32()));
        return true;
      case 'd':
        out.value = std::bit_cast<double>(in.u64());
        return true;
      case 'D': {
        auto scale = in.u8();
        out.value = decimal{scale, static_cast<std::int32_t>(in.u32())};
        return true;
      }
      case 'S':
        out.value = std::string(in.long_string());
        return true;
      case 'x':
        out.value = byte_array{std::string(in.long_string())};
        return true;
      case 'T':
        out.value = timestamp{in.u64()};
        return true;
      case 'V':
        out.value = std::monostate{};
        return true;
      default:
        return false;
    }
  }

  const property_limits& limits_;
  std::size_t fields_ = 0;
  std::string error_;
};

struct value_encoder {
  byte_writer& out;
  std::size_t depth;

  void kind(char c) const { out.u8(static_cast<std::uint8_t>(c)); }
  void operator()(std::monostate) const { kind('V'); }
  void operator()(bool v) const { kind('t'), out.u8(v ? 1 : 0); }
  void operator()(std::int64_t v) const {
    bool narrow = v >= std::numeric_limits<std::int32_t>::min() && v <= std::numeric_limits<std::int32_t>::max();
    if (narrow) {
      kind('I'), out.u32(static_cast<std::uint32_t>(v));
    } else {
      kind('l'), out.u64(static_cast<std::uint64_t>(v));
    }
  }
  void operator()(double v) const { kind('d'), out.u64(std::bit_cast<std::uint64_t>(v)); }
  void operator()(const decimal& v) const { kind('D'), out.u8(v.scale), out.u32(static_cast<std::uint32_t>(v.value)); }
  void operator()(const std::string& v) const { kind('S'), out.long_string(v); }
  void operator()(const byte_array& v) const { kind('x'), out.long_string(v.bytes); }
  void operator()(const timestamp& v) const { kind('T'), out.u64(v.seconds); }
  void operator()(const field_array& v) const {
    kind('A');
    auto begin = out.open_length();
    if (depth >= max_encoded_depth) return out.fail();
    for (auto& item : v) std::visit(value_encoder{out, depth + 1}, item.value);
    out.close_length(begin);
  }
  void operator()(const field_table& v) const {
    kind('F');
    table(v);
  }
  void table(const field_table& v) const {
    auto begin = out.open_length();
    if (depth >= max_encoded_depth) return out.fail();
    for (auto& [name, item] : v) {
      out.short_string(name);
      std::visit(value_encoder{out, depth + 1}, item.value);
    }
    out.close_length(begin);
  }
};

}  // namespace

tl::expected<field_table, std::string> decode_table(std::string_view bytes, const property_limits& limits) {
  if (bytes.size() > limits.max_bytes)
    return tl::unexpected("table of " + std::to_string(bytes.size()) + " bytes, over " + std::to_string(limits.max_bytes));
  return table_decoder(limits).run(bytes);
}

void encode_table(byte_writer& out, const field_table& table) { value_encoder{out, 0}.table(table); }

}  // namespace millrace::amqp
