#include "actors/delivery/outcome_resolution.hpp"
#include "actors/operations/dead_reason_names.hpp"
#include "config/text/utf8.hpp"
#include "runtime/program/cli/dead/dead.hpp"
#include "runtime/program/cli/time_argument.hpp"
#include "runtime/task/uuid.hpp"

#include <algorithm>

namespace millrace::cli {
namespace {

std::vector<std::string> choices(const std::vector<std::string_view>& names) { return {names.begin(), names.end()}; }

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return text;
}

std::string dead_letter_id(const std::string& text) {
  auto id = uuid::parse(text);
  if (!id) throw failure(misused, "dead: '" + text + "' is not a dead letter's id; for a task's id use --task");
  return to_string(*id);
}

}  // namespace

bool dead_options::any() const {
  const std::string* const texts[] = {&queue,       &type, &tenant, &reason, &error_class,
                                      &fingerprint, &task, &text,   &since,  &until};
  return !ids.empty() || std::any_of(std::begin(texts), std::end(texts), [](auto* t) { return !t->empty(); });
}

postgres::dead_letter_filter dead_options::filter() const {
  for (const auto* t : {&queue, &type, &tenant, &task, &text})
    if (!text::is_printable(*t))
      throw failure(misused, "dead: " + text::excerpt(*t) + " is not UTF-8 without control characters");
  postgres::dead_letter_filter f;
  f.queue = queue;
  f.type = type;
  f.tenant = tenant;
  f.reason = reason;
  f.error_class = error_class;
  f.fingerprint = lower(fingerprint);
  f.text = text;
  f.settled_too = all;
  for (auto& id : ids) f.ids.push_back(dead_letter_id(id));
  if (auto id = uuid::parse(task))
    f.task_id = to_string(*id);
  else
    f.original_id = task;
  auto now = std::chrono::system_clock::now();
  if (!since.empty()) f.since_us = actors::to_us(parse_time_argument("--since", since, now));
  if (!until.empty()) f.until_us = actors::to_us(parse_time_argument("--until", until, now));
  return f;
}

void add_filter(CLI::App& c, dead_options& o) {
  c.add_option("-q,--queue", o.queue, "queue where the task died");
  c.add_option("-t,--type", o.type, "task type");
  c.add_option("--tenant", o.tenant, "tenant");
  c.add_option("--reason", o.reason, "e.g. rejected, attempts_exhausted, malformed_payload")
      ->check(CLI::IsMember(choices(operations::dead_reason_names())));
  c.add_option("--class", o.error_class,
               "class of reasons: permanent, conflict, unknown, exhausted, rejected, poison, broker")
      ->check(CLI::IsMember(choices(operations::dead_class_names())));
  c.add_option("-f,--fingerprint", o.fingerprint, "fingerprint of the failure, as shown by `millrace dead stats`");
  c.add_option("--task", o.task, "task id: a UUID or the producer's own text");
  c.add_option("--text", o.text, "part of the error, case-insensitive");
  c.add_option("--since", o.since, "died at or after this time: an age such as 2h, or a time such as 2026-11-21T09:30:00Z");
  c.add_option("--until", o.until, "died before this time");
  c.add_flag("--json", o.json, "print one JSON object per line");
}

}  // namespace millrace::cli
