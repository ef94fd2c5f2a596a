#include "runtime/program/api/routes/dead_letter_parameters.hpp"

#include "actors/operations/dead_reason_names.hpp"
#include "runtime/program/api/shared_parameters.hpp"
#include "runtime/task/uuid.hpp"

#include <algorithm>

namespace millrace::api {
namespace {

constexpr std::string_view filter_names[] = {"ids",  "queue",       "type", "dead_reason", "class",
                                             "text", "fingerprint", "task", "since",       "until"};

}  // namespace

std::vector<parameter> dead_letter_filter_parameters(location in) {
  return {
      {.name = "queue", .in = in, .type = value_type::text, .description = "queue where the task died"},
      {.name = "type", .in = in, .type = value_type::text, .description = "task type"},
      tenant_filter(in),
      {.name = "dead_reason",
       .in = in,
       .type = value_type::choice,
       .description = "reason",
       .choices = operations::dead_reason_names()},
      {.name = "class",
       .in = in,
       .type = value_type::choice,
       .description = "class of reasons",
       .choices = operations::dead_class_names()},
      {.name = "fingerprint",
       .in = in,
       .type = value_type::text,
       .description = "fingerprint of the failure, as shown by GET /api/v1/dead-letter-groups",
       .min = 16,
       .max = 16},
      {.name = "task",
       .in = in,
       .type = value_type::text,
       .description = "task id: a UUID or the producer's own text",
       .max = 128},
      {.name = "text", .in = in, .type = value_type::text, .description = "part of the error, case-insensitive"},
      {.name = "since", .in = in, .type = value_type::timestamp, .description = "died at or after this time"},
      {.name = "until", .in = in, .type = value_type::timestamp, .description = "died before this time"},
  };
}

bool has_filter(const arguments& args) {
  return std::ranges::any_of(filter_names, [&](auto name) { return args.has(name); });
}

postgres::dead_letter_filter dead_letter_filter(const call& c) {
  auto& a = c.args;
  postgres::dead_letter_filter f;
  f.ids = a.texts("ids");
  f.queue = a.text("queue");
  f.type = a.text("type");
  f.tenant = c.tenant();
  f.reason = a.text("dead_reason");
  f.error_class = a.text("class");
  f.fingerprint = a.text("fingerprint");
  std::ranges::transform(f.fingerprint, f.fingerprint.begin(), [](unsigned char ch) { return std::tolower(ch); });
  f.text = a.text("text");
  f.since_us = a.timestamp_us("since");
  f.until_us = a.timestamp_us("until");
  if (auto id = uuid::parse(a.text("task")))
    f.task_id = to_string(*id);
  else
    f.original_id = a.text("task");
  return f;
}

postgres::dead_letter_record named_dead_letter(unit_of_work& work, const call& c) {
  auto dead_letter = postgres::read_dead_letter(work, c.args.text("id"));
  const std::string unknown = "no such dead letter";
  if (!dead_letter) throw problem{problem_kind::not_found, unknown};
  if (!c.may_touch(dead_letter->tenant)) throw foreign{unknown, "dead letter " + dead_letter->id};
  return *std::move(dead_letter);
}

nlohmann::ordered_json to_json(const postgres::dead_letter_record& l) {
  nlohmann::ordered_json j;
  const std::pair<const char*, const std::string*> texts[] = {{"id", &l.id},
                                                              {"died_at", &l.died_at},
                                                              {"dead_reason", &l.reason},
                                                              {"class", &l.error_class},
                                                              {"fingerprint", &l.fingerprint},
                                                              {"error", &l.error},
                                                              {"task_id", &l.task_id},
                                                              {"original_id", &l.original_id},
                                                              {"tenant", &l.tenant},
                                                              {"type", &l.type},
                                                              {"queue", &l.queue},
                                                              {"content_type", &l.content_type},
                                                              {"correlation_id", &l.correlation_id},
                                                              {"traceparent", &l.traceparent},
                                                              {"parked_in", &l.parked_in},
                                                              {"replayed_at", &l.replayed_at},
                                                              {"replayed_by", &l.replayed_by},
                                                              {"discarded_at", &l.discarded_at},
                                                              {"discarded_by", &l.discarded_by},
                                                              {"run_id", &l.run_id},
                                                              {"reason", &l.why}};
  for (auto& [name, text] : texts) j[name] = text->empty() ? nlohmann::ordered_json{} : nlohmann::ordered_json(*text);
  j["attempts"] = l.attempts;
  j["body_size"] = l.body_size;
  return j;
}

}  // namespace millrace::api
