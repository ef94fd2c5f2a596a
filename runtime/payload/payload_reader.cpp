#include "config/text/utf8.hpp"
#include "runtime/payload/payload.hpp"

#include <algorithm>
#include <utility>

namespace millrace {

using nlohmann::json;

payload_reader::payload_reader(const json& value, std::string path) : path_(std::move(path)) {
  if (value.is_object())
    object_ = &value;
  else if (path_.empty())
    error_ = "the payload must be an object";
  else
    error_ = "field '" + path_.substr(0, path_.find_last_not_of('.') + 1) + "': must be an object";
}

const json* payload_reader::member(const char* name) {
  if (!object_) return nullptr;
  read_.emplace_back(name);
  const auto found = object_->find(name);
  return found == object_->end() || found->is_null() ? nullptr : &*found;
}

std::string payload_reader::text(const char* name, std::size_t min_bytes, std::size_t max_bytes) {
  const json* const value = member(name);
  if (!value) {
    fail(name, "is missing");
    return {};
  }
  const auto* const text = value->get_ptr<const std::string*>();
  if (!text)
    fail(name, "must be a text");
  else if (text->size() < min_bytes || text->size() > max_bytes)
    fail(name, text->empty() ? "must not be empty"
                             : "must have " + std::to_string(min_bytes) + " to " + std::to_string(max_bytes) + " bytes");
  return ok() ? *text : std::string{};
}

std::string payload_reader::text_or(const char* name, std::string fallback, std::size_t max_bytes) {
  return member(name) ? text(name, 0, max_bytes) : fallback;
}

std::int64_t payload_reader::integer(const char* name, std::int64_t min, std::int64_t max) {
  const json* const value = member(name);
  if (!value)
    fail(name, "is missing");
  else if (!value->is_number_integer())
    fail(name, "must be an integer");
  else if (value->is_number_unsigned() && !std::in_range<std::int64_t>(value->get<std::uint64_t>()))
    fail(name, "must be from " + std::to_string(min) + " to " + std::to_string(max));
  else if (const auto number = value->get<std::int64_t>(); number < min || number > max)
    fail(name, "must be from " + std::to_string(min) + " to " + std::to_string(max));
  return ok() ? value->get<std::int64_t>() : 0;
}

std::int64_t payload_reader::integer_or(const char* name, std::int64_t fallback, std::int64_t min, std::int64_t max) {
  return member(name) ? integer(name, min, max) : fallback;
}

bool payload_reader::boolean_or(const char* name, bool fallback) {
  const json* const value = member(name);
  if (!value) return fallback;
  if (!value->is_boolean()) fail(name, "must be true or false");
  return ok() ? value->get<bool>() : false;
}

void payload_reader::fail(const char* name, const std::string& what) {
  if (!error_) error_ = "field '" + path_ + name + "': " + what;
}

std::optional<std::string> payload_reader::finish() {
  if (error_ || !object_) return error_;
  for (const auto& [name, _] : object_->items())
    if (std::find(read_.begin(), read_.end(), name) == read_.end())
      return error_ = "field " + text::excerpt(path_ + name) + ": unknown";
  return std::nullopt;
}

}  // namespace millrace
