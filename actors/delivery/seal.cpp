#include "actors/delivery/seal.hpp"

#include "config/text/digest.hpp"
#include "config/text/encoding.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <vector>

namespace millrace::actors {
namespace {

constexpr std::string_view own_prefix = "millrace-";
constexpr auto seal_header = "millrace-seal";

bool is_sealed_header(std::string_view name) {
  return (name.starts_with(own_prefix) && name != seal_header) || name == "tenant";
}

/// Each part with its length, so that no two messages have the same text.
void append(std::string& all, std::string_view part) { all.append(std::to_string(part.size())).append(1, ':').append(part); }

const std::string* text_in(const amqp::field_entry& f) { return std::get_if<std::string>(&f.value.value); }

}  // namespace

void seal::add(amqp::properties& p, std::string_view body) const {
  if (std::ranges::any_of(p.headers, [](auto& h) { return h.name.starts_with(own_prefix); }))
    p.headers.emplace_back(seal_header, amqp::field_value{of(p, body)});
}

bool seal::is_valid(const amqp::properties& p, std::string_view body) const {
  const auto* given = find(p.headers, seal_header);
  const auto* text = given ? std::get_if<std::string>(&given->value) : nullptr;
  const auto is_foreign = [](auto& h) { return h.name.starts_with(own_prefix) && !text_in(h); };
  if (!text || std::ranges::any_of(p.headers, is_foreign)) return false;
  const auto expected = of(p, body);
  return text->size() == expected.size() && CRYPTO_memcmp(text->data(), expected.data(), expected.size()) == 0;
}

std::string seal::of(const amqp::properties& p, std::string_view body) const {
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  for (const auto& h : p.headers)
    if (const auto* text = text_in(h); text && is_sealed_header(h.name)) headers.emplace_back(h.name, *text);
  std::ranges::sort(headers);
  std::string all;
  append(all, p.message_id);
  for (const auto& [name, value] : headers) append(all, name), append(all, value);
  append(all, {});
  append(all, body);
  return text::to_hex(text::hmac_sha256(key_, all));
}

}  // namespace millrace::actors
