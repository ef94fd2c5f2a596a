#include "runtime/command/task_print.hpp"

#include <iostream>

namespace millrace::command {

std::vector<std::pair<const char*, std::string>> texts_of(const postgres::task_record& t) {
  return {{"id", t.id},
          {"original_id", t.original_id},
          {"tenant", t.tenant},
          {"type", t.type},
          {"queue", t.queue},
          {"state", t.state},
          {"published_at", t.published_at},
          {"received_at", t.received_at},
          {"started_at", t.started_at},
          {"finished_at", t.finished_at},
          {"content_type", t.content_type},
          {"correlation_id", t.correlation_id},
          {"traceparent", t.traceparent},
          {"node", t.node},
          {"error", t.error}};
}

nlohmann::json task_json(const postgres::task_record& t) {
  nlohmann::json j{{"attempt", t.attempt}, {"generation", t.generation}, {"result", nullptr}};
  for (auto& [name, text] : texts_of(t)) j[name] = text.empty() ? nlohmann::json{} : nlohmann::json(text);
  if (!t.result.empty()) j["result"] = nlohmann::json::parse(t.result, nullptr, false);
  return j;
}

void print_fields(const postgres::task_record& t) {
  auto line = [](const char* name, const std::string& text) {
    if (!text.empty()) std::cout << name << std::string(16 - std::string_view{name}.size(), ' ') << text << '\n';
  };
  for (auto& [name, text] : texts_of(t)) line(name, text);
  line("attempt", std::to_string(t.attempt));
  line("result", t.result);
}

}  // namespace millrace::command
