#include "runtime/command/dead_print.hpp"

#include "actors/handlers/base64.hpp"
#include "runtime/command/command.hpp"
#include "runtime/utf8.hpp"

#include <iostream>

namespace millrace::command {
namespace {

using nlohmann::ordered_json;
using postgres::dead_letter_record;

/// U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069: they can make a terminal show something else than there is.
bool misleads(std::string_view sequence) {
  if (sequence.size() != 3 || sequence[0] != '\xE2') return false;
  const auto second = static_cast<unsigned char>(sequence[1]), third = static_cast<unsigned char>(sequence[2]);
  if (second == 0x81) return third >= 0xA6 && third <= 0xA9;
  return second == 0x80 && (third == 0x8E || third == 0x8F || (third >= 0xA8 && third <= 0xAE));
}

void add_escaped(std::string& out, std::string_view bytes) {
  constexpr const char* digits = "0123456789abcdef";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out.append("\\x").append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
  }
}

}  // namespace

std::string terminal_text(std::string_view bytes, std::size_t max_bytes, bool keep_lines) {
  std::string out;
  std::size_t at = 0;
  while (at < bytes.size() && at < max_bytes) {
    const auto length = utf8_sequence(bytes.substr(at));
    const auto taken = bytes.substr(at, length == 0 ? 1 : length);
    const bool line = keep_lines && (taken == "\n" || taken == "\t");
    if (line || (length != 0 && is_printable(taken) && !misleads(taken)))
      out += taken;
    else
      add_escaped(out, taken);
    at += taken.size();
  }
  if (at < bytes.size()) out += "… (" + std::to_string(bytes.size() - at) + " more bytes)";
  return out;
}

std::vector<std::pair<const char*, std::string>> texts_of(const dead_letter_record& l) {
  return {{"id", l.id},
          {"died_at", l.died_at},
          {"reason", l.reason},
          {"class", l.letter_class},
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
          {"why", l.why}};
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
  j["raw_properties_base64"] = to_base64(bytes.raw_properties);
  j["payload_base64"] = to_base64(bytes.payload);
  return j;
}

void print_line(const std::string& text) {
  std::cout << text << '\n';
  if (!std::cout) throw failure(failed, "dead: cannot write to standard output");
}

void print_line(const ordered_json& object) {
  print_line(object.dump(-1, ' ', true, ordered_json::error_handler_t::replace));
}

void print_short(const dead_letter_record& l, bool json) {
  if (json) return print_line(to_json(l));
  auto settled = !l.replayed_at.empty() ? "  replayed" : !l.discarded_at.empty() ? "  discarded" : "";
  auto word = [](const std::string& text) { return terminal_text(text, 64, false); };
  print_line(l.id + "  " + l.died_at.substr(0, 19) + "Z  " + l.reason + "  " + word(l.type) + "  " + word(l.queue) + "  " +
             l.fingerprint + settled + "  " + terminal_text(l.error, 100, false));
}

}  // namespace millrace::command
