#include "runtime/payload/payload.hpp"

#include "runtime/payload/payload_document.hpp"
#include "runtime/payload/payload_formats.hpp"

namespace millrace {

namespace {

std::optional<std::string> walk(content_type content, std::string_view bytes, const payload_limits& limits,
                                payload_document* out) {
  return content == content_type::json ? walk_json(bytes, limits, out) : walk_msgpack(bytes, limits, out);
}

}  // namespace

std::optional<std::string> check_payload(content_type content, std::string_view bytes, const payload_limits& limits) {
  return walk(content, bytes, limits, nullptr);
}

tl::expected<nlohmann::json, std::string> parse_payload(content_type content, std::string_view bytes,
                                                        const payload_limits& limits) {
  payload_document document;
  if (auto problem = walk(content, bytes, limits, &document)) return tl::unexpected(*std::move(problem));
  return document.take();
}

}  // namespace millrace
