#include "connectors/postgres/audit/audit_hash.hpp"

#include "config/text/digest.hpp"

#include <stdexcept>

namespace millrace::postgres {

namespace {

constexpr std::uint32_t null_length = 0xFFFF'FFFF;

template <class Unsigned>
std::string big_endian(Unsigned number) {
  std::string bytes(sizeof number, '\0');
  for (std::size_t i = sizeof number; i-- > 0; number = static_cast<Unsigned>(number >> 8))
    bytes[i] = static_cast<char>(number & 0xFF);
  return bytes;
}

class column_hash {
 public:
  explicit column_hash(std::string_view previous) { hash_.update(previous); }
  void add(std::string_view text) {
    if (text.size() >= null_length) throw std::length_error("audit_hash: a text is too long");
    hash_.update(big_endian(static_cast<std::uint32_t>(text.size())));
    hash_.update(text);
  }
  void add(std::int64_t number) { add(std::string_view{big_endian(static_cast<std::uint64_t>(number))}); }
  void add(const std::optional<std::string>& text) {
    if (text) return add(std::string_view{*text});
    hash_.update(big_endian(null_length));
  }
  std::string end() { return hash_.finish(); }

 private:
  text::sha256_stream hash_;
};

}  // namespace

std::string audit_hash(std::string_view previous, const sealed_row& row) {
  column_hash hash{previous};
  hash.add(row.id);
  hash.add(row.at);
  hash.add(std::string_view{row.actor});
  hash.add(std::string_view{row.action});
  hash.add(row.tenant);
  hash.add(std::string_view{row.subject});
  hash.add(row.detail);
  return hash.end();
}

}  // namespace millrace::postgres
