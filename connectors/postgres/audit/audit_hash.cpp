#include "connectors/postgres/audit/audit_hash.hpp"

#include <openssl/evp.h>

#include <cstdlib>
#include <memory>
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
  explicit column_hash(std::string_view previous) : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) std::abort();
    update(previous);
  }
  void add(std::string_view text) {
    if (text.size() >= null_length) throw std::length_error("audit_hash: a text is too long");
    update(big_endian(static_cast<std::uint32_t>(text.size())));
    update(text);
  }
  void add(std::int64_t number) { add(std::string_view{big_endian(static_cast<std::uint64_t>(number))}); }
  void add(const std::optional<std::string>& text) {
    if (text) return add(std::string_view{*text});
    update(big_endian(null_length));
  }
  std::string end() {
    std::string digest(audit_hash_bytes, '\0');
    if (EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(digest.data()), nullptr) != 1) std::abort();
    return digest;
  }

 private:
  void update(std::string_view bytes) {
    if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) std::abort();
  }

  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
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
