#include "connectors/postgres/task/submission_store.hpp"

namespace millrace::postgres {
namespace {

constexpr statement ask_for_task{"submission_enqueue", R"sql(
select millrace.enqueue(type => $1::text, payload => $2::text::jsonb, id => nullif($3::text, '')::uuid,
  queue => nullif($4::text, ''), tenant => $5::text, due => nullif($6::text, '')::timestamptz,
  correlation_id => nullif($7::text, ''), reply_to => nullif($8::text, ''), traceparent => nullif($9::text, ''),
  priority => $10::integer, max_attempts => $11::integer))sql"};

constexpr statement enter_key{"submission_enter", R"sql(
insert into millrace.submission (tenant, key, digest, task_id) values ($1::text, $2::text, $3::bytea, $4::uuid)
on conflict do nothing)sql"};

constexpr statement read_key{"submission_read",
                             "select task_id, digest from millrace.submission where tenant = $1::text and key = $2::text"};

// Skips rows that another node is deleting.
constexpr statement forget_keys{"submission_forget", R"sql(
delete from millrace.submission s using (
  select tenant, key from millrace.submission where at < now() - $1::bigint * interval '1 millisecond'
  order by at limit 1000 for update skip locked
) old where s.tenant = old.tenant and s.key = old.key)sql"};

}  // namespace

std::string submit(unit_of_work& work, const submission& s) {
  return work
      .exec(ask_for_task, s.type, s.payload, s.id, s.queue, s.tenant, s.due, s.correlation_id, s.reply_to, s.traceparent,
            s.priority, s.max_attempts)[0][0]
      .c_str();
}

std::optional<std::string> enter_submission(unit_of_work& work, const std::string& tenant, const std::string& key,
                                            const std::string& digest, const std::string& task_id, bool& fresh) {
  fresh = work.exec(enter_key, tenant, key, pqxx::binarystring(digest), task_id).affected_rows() > 0;
  if (fresh) return task_id;
  const auto known = work.exec(read_key, tenant, key);
  if (known.empty()) throw pqxx::serialization_failure("the submission vanished while it was read");
  if (pqxx::binarystring(known[0][1]).str() != digest) return std::nullopt;
  return known[0][0].c_str();
}

std::size_t forget_submissions(unit_of_work& work, std::chrono::milliseconds kept) {
  return work.exec(forget_keys, std::int64_t{kept.count()}).affected_rows();
}

}  // namespace millrace::postgres
