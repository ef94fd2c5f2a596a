#include "config/options.hpp"
#include "config/print.hpp"

namespace millrace::config {

namespace {

constexpr const char* introduction = R"(# Configuration

Generated from the option table (`config/options.cpp`) by `millrace config docs`; do not edit.

`millrace serve --config FILE` reads a YAML file. Without a file, the defaults below apply. Later sources override earlier ones:
defaults, the file, environment variables, `--environment`. `millrace config check` reports all errors together, with file, line
and the closest valid name. `millrace config print` shows the settings in effect and the origin of each value.

## Writing values
- Options nest: `amqp.heartbeat` is `heartbeat` below `amqp:`. Unknown and duplicate keys are errors.
- A duration has a unit, `ms`, `s`, `m` or `h`: `250ms`, `10s`. A bare number is an error.
- A size is a number of bytes, or has a unit, `KiB`, `MiB` or `GiB`: `64KiB`.
- A list is written as a YAML list, or as one text with commas: `report.#, billing.#`.
- `${NAME}` is replaced by an environment variable; an unset variable is an error. `${NAME:-text}` has a default for an unset or
  empty variable. `$${` is a literal `${`.
- A secret may be `file:/path`: the content of the file without its last newline. Secrets are never printed or logged.
- Every option below, except those of task types and schedules, has a variable: `amqp.heartbeat` is `MILLRACE_AMQP_HEARTBEAT`,
  `queues.data-processing.prefetch` is `MILLRACE_QUEUES_DATA_PROCESSING_PREFETCH`. `MILLRACE_AMQP_URL` and
  `MILLRACE_DATABASE_URL` are aliases of `MILLRACE_AMQP_URLS` and `MILLRACE_POSTGRES_URL`. An empty variable counts as
  unset.

The files `config/development.yaml`, `testing.yaml`, `staging.yaml` and `production.yaml` are starting points. Staging and
production reject unsafe settings: the broker's guest account and mail passwords in clear text. Production also rejects webhooks to
private addresses or without TLS.
)";

std::string section_of(const option& o) {
  if (!o.per().empty()) return o.per();
  const auto dot = o.name.find('.');
  return dot == std::string::npos ? "" : o.name.substr(0, dot);
}

std::string heading(const std::string& section) {
  if (section.empty()) return "General";
  if (section == "types")
    return "types\n\nOverrides of the handler's values, by task type: `types: {\"notification.email\": {timeout: 10s}}`";
  if (section == "schedules")
    return "schedules\n\nRecurring tasks, by name: `schedules: {nightly: {cron: \"0 2 * * *\", type: report.run, …}}`. See "
           "[guides/schedules.md](guides/schedules.md).";
  return section;
}

std::string code(const std::string& text) { return text.empty() ? "" : "`" + text + "`"; }

std::string default_of(const option& o) {
  if (o.per() == "types") return "the handler's";
  if (o.name == "schedules.*.cron" || o.name == "schedules.*.type") return "required";
  settings defaults;
  const place at = o.at(defaults, "");
  if (o.name == "amqp.urls" || o.name == "postgres.url") return "local server";
  const std::string shown = show(at);
  return shown.empty() ? "empty" : code(shown);
}

std::string row(const option& o) {
  settings scratch;
  const place at = o.at(scratch, "type");
  const std::string name = o.per().empty() ? o.name : o.name_of(o.per() == "types" ? "TYPE" : "NAME");
  return "| " + code(name) + " | " + type_name(at) + " | " + default_of(o) + " | " + range_text(at, o.allowed) + " | " +
         o.doc + " |\n";
}

}  // namespace

std::string configuration_markdown() {
  std::string out = introduction, section = "none yet";
  for (const option& o : options()) {
    if (section_of(o) != section) {
      section = section_of(o);
      out += "\n## " + heading(section) +
             "\n\n| Option | Type | Default | Range | Meaning |\n| --- | --- | --- | --- | --- |\n";
    }
    out += row(o);
  }
  return out;
}

}  // namespace millrace::config
