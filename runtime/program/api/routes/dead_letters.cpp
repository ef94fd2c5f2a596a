#include "actors/handlers/email/base64.hpp"
#include "runtime/program/api/page_cursor.hpp"
#include "runtime/program/api/routes/dead_letter_parameters.hpp"

namespace millrace::api {
namespace {

using nlohmann::ordered_json;

const parameter dead_letter_id{"id", place::path, kind::uuid, "the letter's id", true};
const parameter reason{"why", place::body, kind::text, "the reason, for the audit log", true, 1, 1000};
const parameter page_size{"limit", place::query, kind::integer, "letters of a page; 100 without it", false, 1, 500};
const parameter group_page_size{"limit", place::query, kind::integer, "groups of a page; 100 without it", false, 1, 500};
const parameter cursor{"cursor", place::query, kind::text, "next_cursor of the page before", false, 1, 128};

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
                                {"letters", g.mark.letters},
                                {"queue", g.queue},
                                {"type", g.type},
                                {"reason", g.reason},
                                {"class", g.error_class},
                                {"newest_at", g.mark.newest_at},
                                {"error", g.error}});
  if (more) {
    const auto& last = found.back().mark;
    a.body["next_cursor"] = cursor_of(ranked_place{last.letters, {last.newest_at, last.key}});
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
    a.body["payload_base64"] = to_base64(bytes.payload);
  }
  return a;
}

std::vector<parameter> with(std::vector<parameter> some, std::vector<parameter> more) {
  some.insert(some.end(), more.begin(), more.end());
  return some;
}

std::vector<parameter> settling_fields() {
  return with(dead_letter_filter_fields(place::body),
              {reason,
               {"ids", place::body, kind::uuids, "letters by id; or a filter, or both", false, 1, 1000},
               {"limit", place::body, kind::integer, "settle at most that many, the oldest first; 10,000 without it", false,
                1, 10'000},
               {"dry_run", place::body, kind::boolean, "only count what matches, and show some"}});
}

}  // namespace

void add_dead_letter_routes(std::vector<route>& all) {
  all.push_back({"list_dead_letters", "GET", "/api/v1/dead-letters", permission::read, tenant_scope::one_tenant,
                 "Dead letters, the newest first", "dead_letters",
                 with(dead_letter_filter_fields(place::query),
                      {page_size, cursor, {"settled", place::query, kind::boolean, "replayed and discarded ones as well"}}),
                 list});
  all.push_back({"group_dead_letters", "GET", "/api/v1/dead-letter-groups", permission::read, tenant_scope::one_tenant,
                 "Dead letters that failed alike, the largest groups first", "dead_letter_groups",
                 with(dead_letter_filter_fields(place::query), {group_page_size, cursor}), groups});
  all.push_back({"show_dead_letter",
                 "GET",
                 "/api/v1/dead-letters/{id}",
                 permission::read,
                 tenant_scope::one_tenant,
                 "A dead letter; with its payload for those who may act",
                 "dead_letter",
                 {dead_letter_id},
                 show});
  all.push_back({"replay_dead_letter",
                 "POST",
                 "/api/v1/dead-letters/{id}/replay",
                 permission::operate,
                 tenant_scope::one_tenant,
                 "Give a dead letter's task another chance, as it was or edited",
                 "dead_letter_replayed",
                 {dead_letter_id,
                  reason,
                  {"payload", place::body, kind::any, "in place of its payload; for msgpack it is converted"},
                  {"to", place::body, kind::text, "send it to this queue rather than the one it came by"},
                  {"again", place::body, kind::boolean, "though it was replayed or discarded before"}},
                 replay_dead_letter});
  all.push_back(
      {"replay_dead_letters", "POST", "/api/v1/dead-letters/replay", permission::operate, tenant_scope::one_tenant,
       "Replay the letters that match, spread over time at `rate`", "dead_letters_settled",
       with(settling_fields(), {{"rate", place::body, kind::number, "letters a second; 100 without it", false, 0.1, 10'000},
                                {"not_before", place::body, kind::moment, "the first is due then; now without it"},
                                {"to", place::body, kind::text, "send them to this queue"}}),
       replay_dead_letters});
  all.push_back({"discard_dead_letters", "POST", "/api/v1/dead-letters/discard", permission::operate,
                 tenant_scope::one_tenant, "Mark the letters that match as done with; nothing is deleted",
                 "dead_letters_settled", settling_fields(), discard_dead_letters});
}

}  // namespace millrace::api
