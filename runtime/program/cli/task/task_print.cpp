#include "runtime/program/cli/task/task_print.hpp"

#include "runtime/program/cli/list_printer.hpp"
#include "runtime/program/terminal/terminal_text.hpp"

namespace millrace::cli {

std::vector<std::pair<const char*, std::string>> text_fields(const postgres::task_record& t) {
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
  for (auto& [name, text] : text_fields(t)) j[name] = text.empty() ? nlohmann::json{} : nlohmann::json(text);
  if (!t.result.empty()) j["result"] = nlohmann::json::parse(t.result, nullptr, false);
  return j;
}

void print_fields(const postgres::task_record& t) {
  const auto paint = output_format().paint;
  auto line = [&](const std::string& name, const std::string& text) {
    const auto colour = name == "state" ? terminal::tint_of_state(text) : terminal::tint::plain;
    if (text.empty()) return;
    print_line(name + std::string(16 - name.size(), ' ') +
               terminal::painted(terminal::terminal_text(text, text.size(), false), colour, paint));
  };
  for (auto& [name, text] : text_fields(t)) line(name, text);
  line("attempt", std::to_string(t.attempt));
  line("result", t.result);
}

}  // namespace millrace::cli
