#include "runtime/payload.hpp"

#include "runtime/payload_document.hpp"
#include "runtime/payload_formats.hpp"

namespace millrace {

std::optional<std::string> check_payload(content_type content, std::string_view bytes, const payload_limits& limits) {
  return content == content_type::json ? check_json(bytes, limits) : walk_msgpack(bytes, limits, nullptr);
}

tl::expected<nlohmann::json, std::string> parse_payload(const task& t, const payload_limits& limits) {
  const std::string_view bytes = t.payload.view();
  payload_document document;
  if (t.content == content_type::msgpack) {
    if (auto problem = walk_msgpack(bytes, limits, &document)) return tl::unexpected(*std::move(problem));
    return document.take();
  }
  // The limits first: nlohmann's parser has none.
  if (auto problem = check_json(bytes, limits)) return tl::unexpected(*std::move(problem));
  if (!nlohmann::json::sax_parse(bytes, &document)) return tl::unexpected(document.error().value_or("not well-formed JSON"));
  return document.take();
}

}  // namespace millrace
