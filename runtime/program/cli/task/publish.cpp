#include "actors/delivery/outcome_resolution.hpp"
#include "actors/delivery/topology.hpp"
#include "actors/node/connector_options.hpp"
#include "runtime/program/cli/broker_session.hpp"
#include "runtime/program/cli/command.hpp"
#include "runtime/task/rfc3339.hpp"
#include "runtime/task/task_identity.hpp"
#include "runtime/task/uuid.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>

namespace millrace::cli {
namespace {

struct publish_options {
  std::string type, payload, queue, tenant = "default", content_type = "json";
  std::optional<std::string> id;
  int priority = -1;
  std::string delay, at;
  unsigned count = 1;
};

std::string read_all(std::istream& in) { return {std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}}; }

std::string read_payload(const std::string& source) {
  if (source == "-") return read_all(std::cin);
  if (!source.starts_with('@')) return source;
  std::ifstream file{source.substr(1), std::ios::binary};
  if (!file) throw failure(misused, "publish: cannot read " + source.substr(1));
  return read_all(file);
}

/// Encodes the payload argument. With --content-type msgpack, JSON is converted; anything else is taken as raw msgpack.
std::string encode(const publish_options& o) {
  auto text = read_payload(o.payload);
  auto json = nlohmann::json::parse(text, nullptr, false);
  if (o.content_type == "json") {
    if (json.is_discarded())
      throw failure(misused, "publish: the payload is not valid JSON; quote it for the shell or use @file");
    return text;
  }
  if (json.is_discarded()) return text;
  auto packed = nlohmann::json::to_msgpack(json);
  return {packed.begin(), packed.end()};
}

std::chrono::milliseconds parse_delay(const std::string& text) {
  std::size_t used = 0;
  double number = -1;
  try {
    number = std::stod(text, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  auto unit = text.substr(used);
  double ms = unit == "ms" ? 1 : unit == "s" ? 1e3 : unit == "m" ? 6e4 : unit == "h" ? 3.6e6 : unit == "d" ? 8.64e7 : 0;
  if (used == 0 || number < 0 || ms == 0 || number * ms > 3.2e12)
    throw failure(misused, "publish: --delay must be a number with a unit: 500ms, 30s, 5m, 2h or 1d");
  return std::chrono::milliseconds{static_cast<std::int64_t>(number * ms)};
}

/// The value of --at in the format of the header not_before. Empty if the time has passed: the task is due immediately.
std::optional<std::string> parse_at(const std::string& text) {
  auto time = parse_rfc3339(text);
  if (!time)
    throw failure(
        misused,
        "publish: --at must be an RFC 3339 time with an offset, up to the year 2199, such as 2031-04-01T09:00:00+02:00");
  if (*time > std::chrono::system_clock::now()) return to_rfc3339(*time);
  std::cerr << "publish: " << text << " has passed, publishing now\n";
  return std::nullopt;
}

amqp::properties properties_of(const publish_options& o, const std::string& id, const std::optional<std::string>& at) {
  auto now = std::chrono::system_clock::now();
  amqp::properties p;
  p.type = o.type;
  p.message_id = id;
  p.content_type = "application/" + o.content_type;
  p.time = amqp::timestamp{
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count())};
  if (o.priority >= 0) p.priority = static_cast<std::uint8_t>(o.priority);
  p.headers = {{"tenant", {o.tenant}}};
  // The timestamp property has whole seconds only; this header makes the time from publish to completion exact.
  p.headers.emplace_back(actors::header::published_at, amqp::field_value{std::to_string(actors::to_us(now))});
  // Rounded up to the next second, so that the task never starts before the delay is over.
  if (!o.delay.empty())
    p.headers.emplace_back("not_before",
                           amqp::field_value{(actors::to_us(now + parse_delay(o.delay)) + 999'999) / 1'000'000});
  if (at) p.headers.emplace_back("not_before", amqp::field_value{*at});
  return p;
}

/// Rejects messages that could only become dead letters. Throws `failure` (2).
void check(const publish_options& o, const std::string& body, const config::settings& s) {
  if (o.count > 1 && o.id) throw failure(misused, "publish: --id identifies one task and cannot be combined with --count");
  if (o.id && (o.id->empty() || o.id->size() > max_id_bytes))
    throw failure(misused, "publish: --id must have 1 to " + std::to_string(max_id_bytes) + " bytes; omit it for a new id");
  if (!is_tenant(o.tenant)) throw failure(misused, "publish: --tenant must have 1 to 64 characters of [A-Za-z0-9._-]");
  if (body.size() > s.amqp.max_body_bytes)
    throw failure(misused, "publish: the payload has " + std::to_string(body.size()) + " bytes; the limit is " +
                               std::to_string(s.amqp.max_body_bytes) + " (amqp.max_body_bytes)");
}

void publish(const publish_options& o, const config::settings& s) {
  auto body = encode(o);
  check(o, body, s);
  if (!o.delay.empty()) parse_delay(o.delay);
  auto at = o.at.empty() ? std::nullopt : parse_at(o.at);
  broker_session broker{actors::amqp_options(s, "millrace publish"), actors::make_topology(s), s.amqp.connect_timeout};
  if (broker.error()) throw failure(failed, "publish: broker unavailable: " + *broker.error());
  const auto named = o.queue.empty() ? actors::route{actors::task_exchange, o.type} : actors::route{{}, o.queue};
  const auto priority = o.priority < 0 ? std::nullopt : std::optional{static_cast<std::uint8_t>(o.priority)};
  const auto route = actors::in_lane(s.queues, named, priority);
  for (unsigned i = 0; i < o.count; ++i) {
    auto id = o.id.value_or(to_string(uuid::v7(std::chrono::system_clock::now())));
    amqp::outgoing message{
        .exchange = route.exchange, .routing_key = route.routing_key, .props = properties_of(o, id, at), .body = body};
    if (auto error = broker.publish(message, std::chrono::seconds{10}))
      throw failure(failed, "publish: task " + id + ": " + *error);
    std::cout << id << '\n';
  }
}

void define_publish(CLI::App& c, const common_options& common) {
  auto o = std::make_shared<publish_options>();
  c.add_option("type", o->type, "task type, e.g. notification.email")->required();
  c.add_option("payload", o->payload, "JSON text, @FILE, or - for standard input")->required();
  c.add_option("-q,--queue", o->queue,
               "publish directly to this queue (default: route by task type through exchange `millrace`)");
  c.add_option("--id", o->id, "task id, up to 128 bytes; tasks with the same id are executed once (default: a new UUIDv7)");
  c.add_option("--tenant", o->tenant, "tenant of the task")->capture_default_str();
  c.add_option("--priority", o->priority,
               "message priority 0 to 10; at 5 and above, tasks of queue `priority` overtake the others")
      ->check(CLI::Range(0, 10));
  auto* delay =
      c.add_option("--delay", o->delay, "delay before the task is due: 500ms, 30s, 5m, 2h, 1d (rounded up to a second)");
  c.add_option("--at", o->at, "time at which the task is due, RFC 3339, up to the year 2199: 2031-04-01T09:00:00+02:00")
      ->excludes(delay);
  c.add_option("-n,--count", o->count, "number of tasks to publish, each with its own id")
      ->check(CLI::Range(1u, 10'000'000u))
      ->capture_default_str();
  c.add_option("--content-type", o->content_type, "json or msgpack (a JSON payload is converted)")
      ->check(CLI::IsMember({"json", "msgpack"}))
      ->capture_default_str();
  c.footer(
      "Examples:\n"
      "  millrace publish notification.webhook '{\"url\":\"https://example.org/hook\",\"event\":\"paid\",\"data\":{}}'\n"
      "  millrace publish transaction.transfer @transfer.json --id order-4711 --priority 9\n"
      "  echo '{\"report\":\"ledger_balances\",\"parameters\":{}}' | millrace publish report.run - --delay 1h\n"
      "  millrace publish report.run @year.json --id year-2030 --at 2031-01-01T02:00:00Z");
  c.callback([o, &common] { publish(*o, common.load().values); });
}

const command publish_command{help_section::tasks, "publish",
                              "Publish a task, wait for the broker's confirm and print the task id", define_publish};

}  // namespace

}  // namespace millrace::cli
