#include "connectors/postgres/dead_letter/dead_letter_query.hpp"

#include "connectors/postgres/dead_letter/dead_letter_columns.hpp"

namespace millrace::postgres {

namespace {

#define OPEN "$14::bool or (d.replayed_at is null and d.discarded_at is null)"
#define FROM_OPEN " from millrace.dead_letter d where (" OPEN ") and" MILLRACE_DEAD_LETTER_FILTER

constexpr statement list_newest{
    "dead_letter_list_newest", "select " MILLRACE_DEAD_LETTER_COLUMNS FROM_OPEN
                               " and ($15::text = '' or (d.died_at, d.id) < (nullif($15::text, '')::timestamptz, $16::uuid))"
                               " order by d.died_at desc, d.id desc limit $17::bigint"};

constexpr statement list_oldest{
    "dead_letter_list_oldest", "select " MILLRACE_DEAD_LETTER_COLUMNS FROM_OPEN
                               " and ($15::text = '' or (d.died_at, d.id) > (nullif($15::text, '')::timestamptz, $16::uuid))"
                               " order by d.died_at, d.id limit $17::bigint"};

constexpr statement find_places{
    "dead_letter_find",
    "select d.id, " MILLRACE_DEAD_LETTER_TIME(
        "d.died_at") ", case when d.parked_in is null then d.body_size else 0 end from millrace.dead_letter d"
                     " where (" OPEN " or d.run_id = $18::uuid) and" MILLRACE_DEAD_LETTER_FILTER
                     " and ($15::text = '' or (d.died_at, d.id) > (nullif($15::text, '')::timestamptz, $16::uuid))"
                     " order by d.died_at, d.id limit $17::bigint"};

constexpr statement read_one{"dead_letter_read",
                             "select " MILLRACE_DEAD_LETTER_COLUMNS " from millrace.dead_letter d where d.id = $1::uuid"};

constexpr statement read_bytes{"dead_letter_bytes",
                               "select raw_properties, payload from millrace.dead_letter where id = $1::uuid"};

constexpr statement find_of_others{
    "dead_letter_of_others",
    "select id from millrace.dead_letter where id = any($1::uuid[]) and tenant <> $2::text order by id"};

#define GROUP_KEY "md5(row(d.queue, d.type, d.reason, d.class, coalesce(d.fingerprint, ''))::text)::uuid"

constexpr statement group_dead_letters_sql{
    "dead_letter_group",
    "select d.queue, d.type, d.reason, d.class, coalesce(d.fingerprint, ''),"
    " to_char(max(d.died_at) at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), max(left(d.error, 300)), "
    "count(*), " GROUP_KEY FROM_OPEN
    " group by 1, 2, 3, 4, 5"
    " having $16::text = '' or (count(*), max(d.died_at), " GROUP_KEY
    ") < ($15::bigint, nullif($16::text, '')::timestamptz, $17::uuid)"
    " order by count(*) desc, max(d.died_at) desc, 9 desc limit $18::bigint"};

constexpr statement count_dead_letters_sql{"dead_letter_count",
                                           "select d.reason, count(*)" FROM_OPEN " group by 1 order by 2 desc, 1"};

constexpr statement read_time{"snapshot_time", "select now()::text"};

const char* id_or_null(const std::string& id) { return id.empty() ? nullptr : id.c_str(); }

}  // namespace

std::vector<dead_letter_record> list_dead_letters(unit_of_work& work, const dead_letter_filter& filter,
                                                  dead_letter_order order, const dead_letter_mark& after,
                                                  std::size_t limit) {
  std::vector<dead_letter_record> found;
  const auto& list = order == dead_letter_order::oldest_first ? list_oldest : list_newest;
  for (const auto& row : exec_filtered(work, list, filter, filter.settled_too, after.died_at, id_or_null(after.id),
                                       static_cast<std::int64_t>(limit)))
    found.push_back(read_dead_letter(row));
  return found;
}

std::vector<dead_letter_place> find_dead_letters(unit_of_work& work, const dead_letter_filter& filter,
                                                 const dead_letter_mark& after, std::size_t limit,
                                                 const std::string& run_id) {
  std::vector<dead_letter_place> places;
  for (const auto& row : exec_filtered(work, find_places, filter, filter.settled_too, after.died_at, id_or_null(after.id),
                                       static_cast<std::int64_t>(limit), id_or_null(run_id)))
    places.push_back({{row[1].c_str(), row[0].c_str()}, row[2].as<std::int64_t>()});
  return places;
}

std::optional<dead_letter_record> read_dead_letter(unit_of_work& work, const std::string& id) {
  const auto found = work.exec(read_one, id);
  return found.empty() ? std::nullopt : std::optional{read_dead_letter(found[0])};
}

dead_letter_bytes read_dead_letter_bytes(unit_of_work& work, const std::string& id) {
  const auto found = work.exec(read_bytes, id);
  if (found.empty()) return {};
  return {pqxx::binarystring(found[0][0]).str(), pqxx::binarystring(found[0][1]).str()};
}

std::vector<std::string> dead_letters_of_others(unit_of_work& work, const std::vector<std::string>& ids,
                                                const std::string& tenant) {
  text_array wanted;
  for (const auto& id : ids) wanted.add(id);
  std::vector<std::string> found;
  for (const auto& row : work.exec(find_of_others, wanted.str(), tenant)) found.emplace_back(row[0].c_str());
  return found;
}

std::vector<dead_letter_group> group_dead_letters(unit_of_work& work, const dead_letter_filter& filter,
                                                  const group_mark& after, std::size_t limit) {
  std::vector<dead_letter_group> groups;
  for (const auto& row : exec_filtered(work, group_dead_letters_sql, filter, filter.settled_too, after.dead_letters,
                                       after.newest_at, id_or_null(after.key), static_cast<std::int64_t>(limit)))
    groups.push_back({row[0].c_str(),
                      row[1].c_str(),
                      row[2].c_str(),
                      row[3].c_str(),
                      row[4].c_str(),
                      row[6].c_str(),
                      {row[7].as<std::int64_t>(), row[5].c_str(), row[8].c_str()}});
  return groups;
}

std::vector<std::pair<std::string, std::int64_t>> count_dead_letters(unit_of_work& work, const dead_letter_filter& filter) {
  std::vector<std::pair<std::string, std::int64_t>> reasons;
  for (const auto& row : exec_filtered(work, count_dead_letters_sql, filter, filter.settled_too))
    reasons.emplace_back(row[0].c_str(), row[1].as<std::int64_t>());
  return reasons;
}

std::string snapshot_time(unit_of_work& work) { return work.exec(read_time)[0][0].c_str(); }

}  // namespace millrace::postgres
