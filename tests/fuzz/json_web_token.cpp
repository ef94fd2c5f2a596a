// Arbitrary tokens, claims and JWK Sets. No input may verify, because nothing here can sign. Accepted claims and key sets
// must satisfy their contracts. No error may contain its input.
#include "runtime/program/api/auth/json_web_token.hpp"

#include "config/text/encoding.hpp"
#include "config/text/utf8.hpp"
#include "runtime/program/api/json_object.hpp"
#include "runtime/task/task_identity.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace millrace;
using namespace millrace::api;

namespace {

constexpr std::int64_t now_s = 1'900'000'000;
constexpr std::chrono::system_clock::time_point now{std::chrono::seconds{now_s}};
constexpr std::string_view marker = "canary";

// The public keys of RFC 7515, appendices A.2 and A.3. The private keys are published, too, but the fuzzer does not sign.
constexpr std::string_view example_keys =
    R"({"keys":[{"kid":"r","kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Va)"
    R"(w-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5)"
    R"(rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h)"
    R"(9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"},{"kid":"e","kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMz)"
    R"(V76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})";

void require(bool holds) {
  if (!holds) std::abort();
}

const token_rules& rules() {
  static const token_rules fixed{.issuer = "i", .audience = "a", .role_claim = "r", .tenant_claim = "t"};
  return fixed;
}

const key_set& keys() {
  static const key_set read = key_set::parse(example_keys).value();
  return read;
}

void check_refusal(const std::string& error) {
  require(!error.empty() && text::is_printable(error) && error.find(marker) == error.npos);
}

void check_token(std::string_view token) {
  const auto result = verify_token(token, keys(), rules(), now);
  require(!result);
  check_refusal(result.error());
  const auto id = key_id_of(token);
  require(!id || (!id->empty() && id->size() < token.size()));
}

/// A raw header up to the first NUL, followed by a raw signature, so that the fuzzer need not produce base64url.
void check_header(std::string_view bytes) {
  const auto end = std::min(bytes.find('\0'), bytes.size());
  const auto signature = bytes.substr(std::min(end + 1, bytes.size()));
  check_token(text::to_base64url(bytes.substr(0, end)) + ".e30." + text::to_base64url(signature));
}

void check_claims_text(std::string_view bytes) {
  const auto claims = parse_json_object(bytes, {.max_depth = 8, .max_elements = 1'024, .max_text_bytes = max_token_bytes});
  if (!claims) return check_refusal(claims.error());
  const auto result = check_claims(*claims, rules(), now);
  if (!result) return check_refusal(result.error());
  require(result->expires_at > now_s);
  require(!result->subject.empty() && text::is_printable(result->subject));
  require(!result->role.empty() && text::is_printable(result->role));
  require(result->tenant.empty() ? !claims->contains("t") : is_tenant(result->tenant));
  require((*claims)["iss"] == "i");
}

void check_key_set(std::string_view bytes) {
  const auto read = key_set::parse(bytes);
  if (!read) return require(text::is_printable(read.error()));
  require(read->size() > 0 && read->size() <= key_set::max_keys);
  for (const auto algorithm : {signature_algorithm::rs256, signature_algorithm::es256})
    if (const auto* key = read->only(algorithm)) require(key->algorithm() == algorithm && !key->verifies(bytes, bytes));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data + 1), size - 1};
  switch (data[0] % 4) {
    case 0:
      check_token(bytes);
      break;
    case 1:
      check_header(bytes);
      break;
    case 2:
      check_claims_text(bytes);
      break;
    default:
      check_key_set(bytes);
  }
  return 0;
}
