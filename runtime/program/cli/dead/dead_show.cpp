#include "runtime/program/cli/dead/dead.hpp"
#include "runtime/program/cli/dead/dead_print.hpp"

#include <iostream>
#include <memory>

namespace millrace::cli {
namespace {

struct show_options : dead_options {
  std::string id;
  bool raw = false;
  std::size_t body_bytes = 4'096;
};

struct whole_dead_letter {
  postgres::dead_letter_record record;
  postgres::dead_letter_bytes bytes;
};

whole_dead_letter read(dead_letter_session& session, const std::string& id) {
  whole_dead_letter found;
  session.run([&](unit_of_work& work) {
    found = {};
    if (auto record = postgres::read_dead_letter(work, id))
      found = {std::move(*record), postgres::read_dead_letter_bytes(work, id)};
  });
  if (found.record.id.empty())
    throw failure(failed, "dead show: no dead letter " + id +
                              "; for the dead letters of a task: millrace dead list --all --task " + id);
  return found;
}

void line(const char* name, const std::string& text) {
  constexpr std::size_t most = 8'192;
  if (!text.empty())
    print_line(name + std::string(16 - std::string_view{name}.size(), ' ') + terminal::terminal_text(text, most, false));
}

void print(const whole_dead_letter& w, std::size_t body_bytes) {
  auto& l = w.record;
  for (auto& [name, text] : texts_of(l)) line(name, text);
  line("attempts", std::to_string(l.attempts));
  line("generation", std::to_string(l.generation));
  line("properties", l.properties);
  line("body_size", std::to_string(l.body_size));
  if (!l.parked_in.empty()) return print_line("\nThe body is at the broker, in queue " + l.parked_in + ".");
  print_line("\n" + terminal::terminal_text(w.bytes.payload, body_bytes, true));
}

void show(const show_options& o, const config::settings& s) {
  dead_options only;
  only.ids = {o.id};
  auto id = only.filter().ids[0];
  dead_letter_session session{s};
  auto found = read(session, id);
  if (o.json) return print_line(to_json(found.record, found.bytes));
  if (!o.raw) return print(found, o.body_bytes);
  if (!found.record.parked_in.empty())
    throw failure(failed, "dead show: the body is at the broker, in queue " + found.record.parked_in);
  std::cout.write(found.bytes.payload.data(), static_cast<std::streamsize>(found.bytes.payload.size())).flush();
  if (!std::cout) throw failure(failed, "dead show: cannot write to standard output");
}

}  // namespace

void add_dead_show(CLI::App& dead, const common_options& common) {
  auto o = std::make_shared<show_options>();
  auto* c = dead.add_subcommand("show", "Show a dead letter: reason, origin, properties and body");
  c->add_option("id", o->id, "id of the dead letter, as shown by `millrace dead list`")->required();
  auto* raw = c->add_flag("--raw", o->raw, "print only the body, byte for byte");
  c->add_flag("--json", o->json, "print a JSON object, with body and raw properties as base64")->excludes(raw);
  c->add_option("--body-bytes", o->body_bytes, "cut the body after this many bytes")
      ->check(CLI::Range(0u, 16u << 20))
      ->capture_default_str();
  c->footer(
      "Bytes of the body that are unsafe for a terminal are written as \\xNN.\n"
      "Example: millrace dead show 5b0c2f1e-0d6f-5c1a-9c3e-2b7a6d1f4e90 --raw >body.json");
  c->callback([o, &common] { show(*o, common.load().values); });
}

}  // namespace millrace::cli
