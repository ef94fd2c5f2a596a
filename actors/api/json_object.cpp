#include "actors/api/json_object.hpp"

#include "runtime/payload_document.hpp"
#include "runtime/payload_formats.hpp"

namespace millrace::api {
namespace {

using refused = tl::unexpected<std::string>;

}  // namespace

tl::expected<nlohmann::json, std::string> parse_json_object(std::string_view bytes, const payload_limits& limits) {
  if (bytes.empty()) return refused("is empty");
  if (auto problem = check_json(bytes, limits)) return refused("is no JSON: " + *problem);
  payload_document document;
  // The document's own words name the key, which may be a secret.
  if (!nlohmann::json::sax_parse(bytes, &document)) return refused("has a name twice in one object");
  auto read = document.take();
  if (!read.is_object()) return refused("is no JSON object");
  return read;
}

const std::string* text_member(const nlohmann::json& object, const std::string& name) {
  const auto at = object.find(name);
  return at == object.end() ? nullptr : at->get_ptr<const std::string*>();
}

}  // namespace millrace::api
