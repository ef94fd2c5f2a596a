#include "runtime/payload/payload_document.hpp"

#include "config/text/utf8.hpp"

#include <utility>

namespace millrace {

using nlohmann::json;

bool payload_document::key(std::string& name) {
  auto& members = open_.back()->get_ref<json::object_t&>();
  const auto [at, is_new] = members.try_emplace(std::move(name));
  if (!is_new) {
    error_ = "key " + text::excerpt(at->first) + " occurs twice in one object";
    return false;
  }
  member_ = &at->second;
  return true;
}

bool payload_document::add(json value) {
  place(std::move(value));
  return true;
}

bool payload_document::open(json container) {
  open_.push_back(place(std::move(container)));
  return true;
}

bool payload_document::close() {
  open_.pop_back();
  return true;
}

json* payload_document::place(json value) {
  if (open_.empty()) {
    root_ = std::move(value);
    return &root_;
  }
  if (member_) {
    json* const at = std::exchange(member_, nullptr);
    *at = std::move(value);
    return at;
  }
  auto& elements = open_.back()->get_ref<json::array_t&>();
  return &elements.emplace_back(std::move(value));
}

}  // namespace millrace
