#include "config/text/encoding.hpp"
#include "runtime/program/api/page_cursor.hpp"
#include "runtime/program/api/resources.hpp"
#include "runtime/program/api/routes/dead_letter_parameters.hpp"
#include "runtime/program/api/shared_parameters.hpp"

namespace millrace::api {
namespace {

using nlohmann::ordered_json;

const parameter dead_letter_id{
    .name = "id", .in = location::path, .type = value_type::uuid, .description = "id of the dead letter", .required = true};

answer list(call& c) {
  const auto limit = static_cast<std::size_t>(c.args.integer("limit", 100));
  auto filter = dead_letter_filter(c);
  filter.settled_too = c.args.flag("settled");
  const auto after = place_of(c.args.text("cursor"));
  std::vector<postgres::dead_letter_record> found;
  c.database.run([&](unit_of_work& work) {
    found = postgres::list_dead_letters(work, filter, postgres::dead_letter_order::newest_first, {after.at, after.id},
                                        limit + 1);
  });
  const bool more = found.size() > limit;
  if (more) found.pop_back();
  answer a{200, {{"dead_letters", ordered_json::array()}, {"next_cursor", nullptr}}};
  for (auto& l : found) a.body["dead_letters"].push_back(to_json(l));
  if (more) a.body["next_cursor"] = cursor_of({found.back().died_at, found.back().id});
  return a;
}

answer groups(call& c) {
  const auto limit = static_cast<std::size_t>(c.args.integer("limit", 100));
  const auto filter = dead_letter_filter(c);
  const auto after = ranked_place_of(c.args.text("cursor"));
  std::vector<postgres::dead_letter_group> found;
  c.database.run([&](unit_of_work& work) {
    found = postgres::group_dead_letters(work, filter, {after.rank, after.place.at, after.place.id}, limit + 1);
  });
  const bool more = found.size() > limit;
  if (more) found.pop_back();
  answer a{200, {{"groups", ordered_json::array()}, {"next_cursor", nullptr}}};
  for (auto& g : found)
    a.body["groups"].push_back({{"fingerprint", g.fingerprint},
                                {"dead_letters", g.mark.dead_letters},
                                {"queue", g.queue},
                                {"type", g.type},
                                {"dead_reason", g.reason},
                                {"class", g.error_class},
                                {"newest_at", g.mark.newest_at},
                                {"error", g.error}});
  if (more) {
    const auto& last = found.back().mark;
    a.body["next_cursor"] = cursor_of(ranked_place{last.dead_letters, {last.newest_at, last.key}});
  }
  return a;
}

/// Only callers with operate permission get the payload: it may contain personal data.
answer show(call& c) {
  postgres::dead_letter_record dead_letter;
  postgres::dead_letter_bytes bytes;
  c.database.run([&](unit_of_work& work) {
    dead_letter = named_dead_letter(work, c);
    if (grants(c.who.has, permission::operate)) bytes = postgres::read_dead_letter_bytes(work, dead_letter.id);
  });
  answer a{200, to_json(dead_letter)};
  if (grants(c.who.has, permission::operate)) {
    auto properties = ordered_json::parse(dead_letter.properties, nullptr, false);
    a.body["properties"] = properties.is_discarded() ? ordered_json(dead_letter.properties) : std::move(properties);
    a.body["payload_base64"] = text::to_base64(bytes.payload);
  }
  return a;
}

std::vector<parameter> with(std::vector<parameter> some, std::vector<parameter> more) {
  some.insert(some.end(), more.begin(), more.end());
  return some;
}

std::vector<parameter> settling_parameters() {
  return with(dead_letter_filter_parameters(location::body),
              {reason_parameter(),
               {.name = "ids",
                .in = location::body,
                .type = value_type::uuids,
                .description = "ids of dead letters; alternative or addition to a filter",
                .max = 1000},
               {.name = "limit",
                .in = location::body,
                .type = value_type::integer,
                .description = "maximum number of dead letters, oldest first; default 10,000",
                .max = 10'000},
               {.name = "dry_run",
                .in = location::body,
                .type = value_type::boolean,
                .description = "count the matching dead letters and show some, without changes"}});
}

const parameter other_queue{.name = "to",
                            .in = location::body,
                            .type = value_type::text,
                            .description = "send to this queue instead of the original one"};

}  // namespace

std::vector<route> dead_letter_routes() {
  return {
      {.operation = "list_dead_letters",
       .method = "GET",
       .path = "/api/v1/dead-letters",
       .summary = "Dead letters, newest first",
       .permission = permission::read,
       .scope = tenant_scope::one_tenant,
       .parameters = with(dead_letter_filter_parameters(location::query),
                          {page_size(),
                           page_cursor(),
                           {.name = "settled",
                            .in = location::query,
                            .type = value_type::boolean,
                            .description = "include replayed and discarded dead letters"}}),
       .response = "dead_letters",
       .handler = list},
      {.operation = "group_dead_letters",
       .method = "GET",
       .path = "/api/v1/dead-letter-groups",
       .summary = "Dead letters grouped by failure, largest groups first",
       .permission = permission::read,
       .scope = tenant_scope::one_tenant,
       .parameters = with(dead_letter_filter_parameters(location::query), {page_size(), page_cursor()}),
       .response = "dead_letter_groups",
       .handler = groups},
      {.operation = "show_dead_letter",
       .method = "GET",
       .path = "/api/v1/dead-letters/{id}",
       .summary = "A dead letter; with its payload for callers with operate permission",
       .permission = permission::read,
       .scope = tenant_scope::one_tenant,
       .parameters = {dead_letter_id},
       .response = "dead_letter",
       .handler = show},
      {.operation = "replay_dead_letter",
       .method = "POST",
       .path = "/api/v1/dead-letters/{id}/replay",
       .summary = "Replay a dead letter, unchanged or with a new payload",
       .permission = permission::operate,
       .scope = tenant_scope::one_tenant,
       .parameters = {dead_letter_id,
                      reason_parameter(),
                      {.name = "payload",
                       .in = location::body,
                       .type = value_type::any,
                       .description = "new payload; converted if the original is msgpack"},
                      other_queue,
                      {.name = "again",
                       .in = location::body,
                       .type = value_type::boolean,
                       .description = "replay even if it was replayed or discarded before"}},
       .response = "dead_letter_replayed",
       .handler = replay_dead_letter},
      {.operation = "replay_dead_letters",
       .method = "POST",
       .path = "/api/v1/dead-letters/replay",
       .summary = "Replay matching dead letters, spread over time at `rate`",
       .permission = permission::operate,
       .scope = tenant_scope::one_tenant,
       .parameters = with(settling_parameters(), {{.name = "rate",
                                                   .in = location::body,
                                                   .type = value_type::number,
                                                   .description = "dead letters per second; default 100",
                                                   .min = 0.1,
                                                   .max = 10'000},
                                                  {.name = "not_before",
                                                   .in = location::body,
                                                   .type = value_type::timestamp,
                                                   .description = "due time of the first; default now"},
                                                  other_queue}),
       .response = "dead_letters_settled",
       .handler = replay_dead_letters},
      {.operation = "discard_dead_letters",
       .method = "POST",
       .path = "/api/v1/dead-letters/discard",
       .summary = "Discard matching dead letters (rows are kept)",
       .permission = permission::operate,
       .scope = tenant_scope::one_tenant,
       .parameters = settling_parameters(),
       .response = "dead_letters_settled",
       .handler = discard_dead_letters},
  };
}

}  // namespace millrace::api
