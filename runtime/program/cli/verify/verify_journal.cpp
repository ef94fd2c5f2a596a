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

std::uint32_t number_of(const json_lines& journal, const json& object, const char* name) {
  auto number = object.value(name, json(0u));
  if (!number.is_number_unsigned()) journal.refuse(std::string{"must have a number as '"} + name + "'");
  return number.get<std::uint32_t>();
}

uuid id_of(const std::string& tenant, const std::string& published) {
  auto id = uuid::parse(published);
  return id ? *id : id_of_text(tenant, published);
}

postgres::confirmed_task task_of(const json_lines& journal, const json& object) {
  if (!object.contains("id")) journal.refuse("has no 'id'");
  postgres::confirmed_task out;
  out.tenant = text_of(journal, object, "tenant", "default");
  out.expect = expectation_of(journal, object);
  out.failures = number_of(journal, object, "fails");
  out.replies = !text_of(journal, object, "reply_to", "").empty();
  if (!object["id"].is_null()) {
    out.published_id = text_of(journal, object, "id", "");
    out.id = to_string(id_of(out.tenant, out.published_id));
    return out;
  }
  out.payload_sha256 = text_of(journal, object, "sha256", "");
  if (auto digest = text::from_hex(out.payload_sha256); !digest || digest->size() != 32)
    journal.refuse("must have the payload's SHA-256 in hex as 'sha256' if 'id' is null");
  return out;
}

/// The lines of several files, in order. Copies share their position.
class all_lines {
 public:
  explicit all_lines(std::vector<std::string> files) : files_(std::move(files)) {}
  std::optional<std::string> next() {
    for (;; open_ = std::make_shared<json_lines>(files_[next_++])) {
      if (auto line = open_ ? open_->next() : std::nullopt) return line;
      if (next_ == files_.size()) return std::nullopt;
    }
  }
  const json_lines& file() const { return *open_; }

 private:
  std::vector<std::string> files_;
  std::size_t next_ = 0;
  std::shared_ptr<json_lines> open_;
};

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

postgres::source<postgres::confirmed_task> confirmed_tasks(const std::vector<std::string>& files) {
  return [all = all_lines{files}, parent = uuid{}, last = postgres::confirmed_task{}, follow_ups = std::uint32_t{0},
          next = std::uint32_t{0}](postgres::confirmed_task& out) mutable {
    if (next < follow_ups) {
      const auto name = "follow-up " + std::to_string(next++);
      out = {.tenant = last.tenant,
             .id = to_string(uuid::v5(parent, name)),
             .published_id = last.published_id + " " + name,
             .payload_sha256 = {}};
      return true;
    }
    auto line = all.next();
    if (!line) return false;
    const auto& journal = all.file();
    auto object = object_of(journal, *line);
    out = task_of(journal, object);
    follow_ups = out.id.empty() ? 0 : number_of(journal, object, "follow_ups");
    next = 0;
    if (follow_ups > 0) parent = *uuid::parse(out.id), last = out;
    return true;
  };
}

postgres::source<postgres::received_result> received_results(const std::vector<std::string>& files) {
  return [all = all_lines{files}](postgres::received_result& out) mutable {
    auto line = all.next();
    if (!line) return false;
    auto object = object_of(all.file(), *line);
    out.tenant = text_of(all.file(), object, "tenant", "default");
    out.id = to_string(id_of(out.tenant, text_of(all.file(), object, "id", "")));
    out.state = text_of(all.file(), object, "state", "");
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
  return [all = all_lines{files}, read](std::string& out) mutable {
    while (auto line = all.next())
      if (auto id = read(all.file(), *line)) return out = std::move(*id), true;
    return false;
  };
}

}  // namespace millrace::cli
