#include "config/text/encoding.hpp"
#include "runtime/program/api/page_cursor.hpp"
#include "runtime/program/api/resources.hpp"
#include "runtime/program/api/routes/dead_letter_parameters.hpp"
#include "runtime/program/api/shared_parameters.hpp"

namespace millrace::api {
namespace {

using nlohmann::ordered_json;

const parameter dead_letter_id{
    .name = "id", .in = location::path, .type = value_type::uuid, .description = "the letter's id", .required = true};

answer list(call& c) {
  const auto limit = static_cast<std::size_t>(c.args.integer("limit", 100));
  auto filter = dead_letter_filter(c);
  filter.settled_too = c.args.flag("settled");
  const auto after = place_of(c.args.text("cursor"));
  std::vector<postgres::dead_letter_record> letters;
  c.database.run([&](unit_of_work& work) {
    letters = postgres::list_dead_letters(work, filter, postgres::dead_letter_order::newest_first, {after.at, after.id},
                                          limit + 1);
  });
  const bool more = letters.size() > limit;
  if (more) letters.pop_back();
  answer a{200, {{"dead_letters", ordered_json::array()}, {"next_cursor", nullptr}}};
  for (auto& l : letters) a.body["dead_letters"].push_back(to_json(l));
  if (more) a.body["next_cursor"] = cursor_of({letters.back().died_at, letters.back().id});
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
                                {"letters", g.mark.dead_letters},
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

/// The payload is shown to who may act: it can hold what a viewer is not to see.
answer show(call& c) {
  postgres::dead_letter_record letter;
  postgres::dead_letter_bytes bytes;
  c.database.run([&](unit_of_work& work) {
    letter = named_dead_letter(work, c);
    if (grants(c.who.has, permission::operate)) bytes = postgres::read_dead_letter_bytes(work, letter.id);
  });
  answer a{200, to_json(letter)};
  if (grants(c.who.has, permission::operate)) {
    auto properties = ordered_json::parse(letter.properties, nullptr, false);
    a.body["properties"] = properties.is_discarded() ? ordered_json(letter.properties) : std::move(properties);
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
                .description = "letters by id; or a filter, or both",
                .max = 1000},
               {.name = "limit",
                .in = location::body,
                .type = value_type::integer,
                .description = "settle at most that many, the oldest first; 10,000 without it",
                .max = 10'000},
               {.name = "dry_run",
                .in = location::body,
                .type = value_type::boolean,
                .description = "only count what matches, and show some"}});
}

const parameter other_queue{.name = "to",
                            .in = location::body,
                            .type = value_type::text,
                            .description = "send to this queue rather than the one it came by"};

}  // namespace

std::vector<route> dead_letter_routes() {
  return {
      {.operation = "list_dead_letters",
       .method = "GET",
       .path = "/api/v1/dead-letters",
       .summary = "Dead letters, the newest first",
       .permission = permission::read,
       .scope = tenant_scope::one_tenant,
       .parameters =
           with(dead_letter_filter_parameters(location::query), {page_size(),
                                                                 page_cursor(),
                                                                 {.name = "settled",
                                                                  .in = location::query,
                                                                  .type = value_type::boolean,
                                                                  .description = "replayed and discarded ones as well"}}),
       .response = "dead_letters",
       .handler = list},
      {.operation = "group_dead_letters",
       .method = "GET",
       .path = "/api/v1/dead-letter-groups",
       .summary = "Dead letters that failed alike, the largest groups first",
       .permission = permission::read,
       .scope = tenant_scope::one_tenant,
       .parameters = with(dead_letter_filter_parameters(location::query), {page_size(), page_cursor()}),
       .response = "dead_letter_groups",
       .handler = groups},
      {.operation = "show_dead_letter",
       .method = "GET",
       .path = "/api/v1/dead-letters/{id}",
       .summary = "A dead letter; with its payload for those who may act",
       .permission = permission::read,
       .scope = tenant_scope::one_tenant,
       .parameters = {dead_letter_id},
       .response = "dead_letter",
       .handler = show},
      {.operation = "replay_dead_letter",
       .method = "POST",
       .path = "/api/v1/dead-letters/{id}/replay",
       .summary = "Give a dead letter's task another chance, as it was or edited",
       .permission = permission::operate,
       .scope = tenant_scope::one_tenant,
       .parameters = {dead_letter_id,
                      reason_parameter(),
                      {.name = "payload",
                       .in = location::body,
                       .type = value_type::any,
                       .description = "in place of its payload; for msgpack it is converted"},
                      other_queue,
                      {.name = "again",
                       .in = location::body,
                       .type = value_type::boolean,
                       .description = "though it was replayed or discarded before"}},
       .response = "dead_letter_replayed",
       .handler = replay_dead_letter},
      {.operation = "replay_dead_letters",
       .method = "POST",
       .path = "/api/v1/dead-letters/replay",
       .summary = "Replay the letters that match, spread over time at `rate`",
       .permission = permission::operate,
       .scope = tenant_scope::one_tenant,
       .parameters = with(settling_parameters(), {{.name = "rate",
                                                   .in = location::body,
                                                   .type = value_type::number,
                                                   .description = "letters a second; 100 without it",
                                                   .min = 0.1,
                                                   .max = 10'000},
                                                  {.name = "not_before",
                                                   .in = location::body,
                                                   .type = value_type::timestamp,
                                                   .description = "the first is due then; now without it"},
                                                  other_queue}),
       .response = "dead_letters_settled",
       .handler = replay_dead_letters},
      {.operation = "discard_dead_letters",
       .method = "POST",
       .path = "/api/v1/dead-letters/discard",
       .summary = "Mark the letters that match as done with; nothing is deleted",
       .permission = permission::operate,
       .scope = tenant_scope::one_tenant,
       .parameters = settling_parameters(),
       .response = "dead_letters_settled",
       .handler = discard_dead_letters},
  };
}

}  // namespace millrace::api
