#include "runtime/program/cli/verify/verify_journal.hpp"

#include "config/text/encoding.hpp"
#include "runtime/program/cli/command.hpp"
#include "runtime/task/task_identity.hpp"

#include <nlohmann/json.hpp>

#include <memory>

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

postgres::source<postgres::confirmed_task> confirmed_tasks(json_lines& journal) {
  return [&](postgres::confirmed_task& out) {
    auto line = journal.next();
    if (!line) return false;
    auto object = object_of(journal, *line);
    if (!object.contains("id")) journal.refuse("has no 'id'");
    out = {};
    out.tenant = text_of(journal, object, "tenant", "default");
    out.expect = expectation_of(journal, object);
    auto fails = object.value("fails", json(0u));
    if (!fails.is_number_unsigned()) journal.refuse("must have a number as 'fails'");
    out.failures = fails.get<std::uint32_t>();
    if (object["id"].is_null()) {
      out.payload_sha256 = text_of(journal, object, "sha256", "");
      if (auto digest = text::from_hex(out.payload_sha256); !digest || digest->size() != 32)
        journal.refuse("must have the payload's SHA-256 in hex as 'sha256' if 'id' is null");
      return true;
    }
    out.published_id = text_of(journal, object, "id", "");
    auto id = uuid::parse(out.published_id);
    out.id = to_string(id ? *id : id_of_text(out.tenant, out.published_id));
    return true;
  };
}

std::optional<std::string> accepted_id(const json_lines& journal, const std::string& line) {
  auto object = object_of(journal, line);
  auto status = object.value("status", json(200));
  if (status.is_number() && status.get<int>() >= 300) return std::nullopt;
  for (auto name : {"id", "webhook-id", "message_id"})
    if (object.contains(name))
      if (auto id = id_in(text_of(journal, object, name, ""))) return to_string(*id);
  journal.refuse("must have the UUID of a task as 'id', 'webhook-id' or 'message_id'");
}

std::optional<std::string> listed_id(const json_lines& journal, const std::string& line) {
  auto id = uuid::parse(text_of(journal, object_of(journal, line), "id", ""));
  if (!id) journal.refuse("must have the UUID of a task as 'id'");
  return to_string(*id);
}

postgres::source<std::string> lines_of(const std::vector<std::string>& files, id_reader read) {
  return [files, read, next = std::size_t{0}, open = std::shared_ptr<json_lines>{}](std::string& out) mutable {
    for (;;) {
      auto line = open ? open->next() : std::nullopt;
      if (!line) {
        if (next == files.size()) return false;
        open = std::make_shared<json_lines>(files[next++]);
        continue;
      }
      if (auto id = read(*open, *line)) return out = std::move(*id), true;
    }
  };
}

}  // namespace millrace::cli
