#include "runtime/task/uuid.hpp"

#include "config/text/encoding.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <unistd.h>

namespace millrace {
namespace {

constexpr std::size_t text_size = 36;

constexpr bool is_dash(std::size_t position) { return position == 8 || position == 13 || position == 18 || position == 23; }

void set_version(uuid& id, unsigned version) {
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0Fu) | (version << 4));
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3Fu) | 0x80u);
}

}  // namespace

std::optional<uuid> uuid::parse(std::string_view text) noexcept {
  if (text.size() != text_size) return std::nullopt;
  uuid id;
  std::size_t out = 0;
  for (std::size_t i = 0; i < text_size;) {
    if (is_dash(i)) {
      if (text[i++] != '-') return std::nullopt;
      continue;
    }
    const int high = text::hex_value(text[i]);
    const int low = text::hex_value(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    id.bytes[out++] = static_cast<std::uint8_t>(high * 16 + low);
    i += 2;
  }
  return id;
}

uuid uuid::v7(std::chrono::system_clock::time_point now) {
  const auto since_1970 = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  const auto ms = static_cast<std::uint64_t>(std::max<std::int64_t>(since_1970, 0));
  uuid id;
  // Fails only if the kernel has no random source; an id that is not unique would merge two tasks.
  if (getentropy(id.bytes.data() + 6, 10) != 0) std::abort();
  for (std::size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  set_version(id, 7);
  return id;
}

uuid uuid::v5(const uuid& space, std::initializer_list<std::string_view> name) {
  // Fetched once: the lookup of the algorithm costs more than hashing a short name.
  static const EVP_MD* const sha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> owned{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
  auto* const context = owned.get();
  bool ok = sha1 && context && EVP_DigestInit_ex(context, sha1, nullptr) == 1 &&
            EVP_DigestUpdate(context, space.bytes.data(), space.bytes.size()) == 1;
  for (const auto part : name) ok = ok && EVP_DigestUpdate(context, part.data(), part.size()) == 1;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  if (!ok || EVP_DigestFinal_ex(context, digest.data(), nullptr) != 1) std::abort();
  uuid id;
  std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
  set_version(id, 5);
  return id;
}

std::string to_string(const uuid& id) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text(text_size, '-');
  std::size_t out = 0;
  for (const std::uint8_t byte : id.bytes) {
    if (is_dash(out)) ++out;
    text[out++] = digits[byte >> 4];
    text[out++] = digits[byte & 0x0F];
  }
  return text;
}

}  // namespace millrace
