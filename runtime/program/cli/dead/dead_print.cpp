#include "runtime/program/cli/dead/dead_print.hpp"

#include "config/text/encoding.hpp"

namespace millrace::cli {
namespace {

using nlohmann::ordered_json;
using postgres::dead_letter_record;

}  // namespace

std::vector<std::pair<const char*, std::string>> texts_of(const dead_letter_record& l) {
  return {{"id", l.id},
          {"died_at", l.died_at},
          {"dead_reason", l.reason},
          {"class", l.error_class},
          {"fingerprint", l.fingerprint},
          {"error", l.error},
          {"task_id", l.task_id},
          {"original_id", l.original_id},
          {"tenant", l.tenant},
          {"type", l.type},
          {"queue", l.queue},
          {"exchange", l.exchange},
          {"routing_key", l.routing_key},
          {"content_type", l.content_type},
          {"correlation_id", l.correlation_id},
          {"traceparent", l.traceparent},
          {"parked_in", l.parked_in},
          {"replayed_at", l.replayed_at},
          {"replayed_by", l.replayed_by},
          {"discarded_at", l.discarded_at},
          {"discarded_by", l.discarded_by},
          {"run_id", l.run_id},
          {"reason", l.why}};
}

ordered_json to_json(const dead_letter_record& l) {
  ordered_json j;
  for (auto& [name, text] : texts_of(l)) j[name] = text.empty() ? ordered_json{} : ordered_json(text);
  j["attempts"] = l.attempts;
  j["generation"] = l.generation;
  j["body_size"] = l.body_size;
  return j;
}

ordered_json to_json(const dead_letter_record& l, const postgres::dead_letter_bytes& bytes) {
  auto j = to_json(l);
  auto properties = ordered_json::parse(l.properties, nullptr, false);
  j["properties"] = properties.is_discarded() ? ordered_json(l.properties) : std::move(properties);
  j["raw_properties_base64"] = text::to_base64(bytes.raw_properties);
  j["payload_base64"] = text::to_base64(bytes.payload);
  return j;
}

list_printer dead_letter_listing(bool with_states) {
  std::vector<terminal::table_column> columns{
      {"ID", terminal::room::whole},   {"DIED", terminal::room::whole},  {"REASON"},
      {"TYPE", terminal::room::spare}, {"QUEUE", terminal::room::spare}, {"FINGERPRINT", terminal::room::spare}};
  if (with_states) columns.push_back({"STATE", terminal::room::whole});
  columns.push_back({"ERROR"});
  return {std::move(columns), "No dead letters."};
}

terminal::table_row dead_letter_row(const dead_letter_record& l, bool with_state) {
  terminal::table_row row{l.id, second_of(l.died_at), l.reason, l.type, l.queue, l.fingerprint};
  if (with_state)
    row.push_back(state_cell(!l.replayed_at.empty() ? "replayed" : !l.discarded_at.empty() ? "discarded" : "open"));
  row.emplace_back(l.error);
  return row;
}

}  // namespace millrace::cli
