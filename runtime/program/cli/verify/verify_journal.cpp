#include "runtime/program/cli/verify/verify_journal.hpp"

#include "runtime/program/cli/command.hpp"
#include "runtime/task/task_identity.hpp"

#include <nlohmann/json.hpp>

namespace millrace::cli {
namespace {

using nlohmann::json;
using postgres::expectation;

json object_of(const json_lines& journal, const std::string& line) {
  auto object = json::parse(line, nullptr, false);
  if (!object.is_object()) journal.refuse("is not a JSON object");
  return object;
}

std::string text_of(const json_lines& journal, const json& object, const char* name, const char* fallback) {
  auto it = object.find(name);
  if (it == object.end()) return fallback;
  if (!it->is_string()) journal.refuse(std::string{"must have a string as '"} + name + "'");
  return it->get<std::string>();
}

expectation expectation_of(const json_lines& journal, const json& object) {
  auto text = text_of(journal, object, "expect", "done");
  if (text == "done") return expectation::done;
  if (text == "dead") return expectation::dead;
  if (text == "any") return expectation::any;
  journal.refuse("must have done, dead or any as 'expect'");
}

/// The UUID at the start of `text`, which may be a Message-ID in angle brackets.
std::optional<uuid> id_in(std::string_view text) {
  if (text.starts_with('<')) text.remove_prefix(1);
  return uuid::parse(text.substr(0, 36));
}

}  // namespace

json_lines::json_lines(const std::string& file) : name_(file), file_(file) {
  if (!file_) throw failure(misused, "verify: cannot read " + file);
}

std::optional<std::string> json_lines::next() {
  std::string line;
  if (!std::getline(file_, line) || file_.eof()) return std::nullopt;
  ++line_;
  return line;
}

void json_lines::refuse(const std::string& problem) const {
  throw failure(misused, "verify: line " + std::to_string(line_) + " of " + name_ + " " + problem);
}

postgres::source<postgres::confirmed_task> confirmed_tasks(json_lines& journal, std::uint64_t& without_id) {
  return [&](postgres::confirmed_task& out) {
    while (auto line = journal.next()) {
      auto object = object_of(journal, *line);
      if (!object.contains("id")) journal.refuse("has no 'id'");
      if (object["id"].is_null()) {
        ++without_id;
        continue;
      }
      out.published_id = text_of(journal, object, "id", "");
      out.tenant = text_of(journal, object, "tenant", "default");
      auto id = uuid::parse(out.published_id);
      out.id = to_string(id ? *id : id_of_text(out.tenant, out.published_id));
      out.expect = expectation_of(journal, object);
      auto fails = object.value("fails", json(0u));
      if (!fails.is_number_unsigned()) journal.refuse("must have a number as 'fails'");
      out.failures = fails.get<std::uint32_t>();
      return true;
    }
    return false;
  };
}

postgres::source<std::string> effects(json_lines& journal) {
  return [&](std::string& out) {
    while (auto line = journal.next()) {
      auto object = object_of(journal, *line);
      auto status = object.value("status", json(200));
      if (status.is_number() && status.get<int>() >= 300) continue;
      std::optional<uuid> id;
      for (auto name : {"id", "webhook-id", "message_id"})
        if (!id && object.contains(name)) id = id_in(text_of(journal, object, name, ""));
      if (!id) journal.refuse("must have the UUID of a task as 'id', 'webhook-id' or 'message_id'");
      out = to_string(*id);
      return true;
    }
    return false;
  };
}

}  // namespace millrace::cli
