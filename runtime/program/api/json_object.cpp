#include "runtime/program/api/json_object.hpp"

#include "runtime/payload/payload_document.hpp"
#include "runtime/payload/payload_formats.hpp"

namespace millrace::api {
namespace {

using refused = tl::unexpected<std::string>;

}  // namespace

tl::expected<nlohmann::json, std::string> parse_json_object(std::string_view bytes, const payload_limits& limits) {
  if (bytes.empty()) return refused("is empty");
  payload_document document;
  if (auto problem = walk_json(bytes, limits, &document))
    // The document's own error names the key, which may be a secret.
    return refused(document.error() ? "has a duplicate key in an object" : "is not valid JSON: " + *problem);
  auto read = document.take();
  if (!read.is_object()) return refused("is not a JSON object");
  return read;
}

const std::string* text_member(const nlohmann::json& object, const std::string& name) {
  const auto at = object.find(name);
  return at == object.end() ? nullptr : at->get_ptr<const std::string*>();
}

}  // namespace millrace::api
