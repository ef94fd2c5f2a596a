#include "tests/integration/end_to_end/promise.hpp"

#include <boost/test/unit_test.hpp>
#include <pqxx/pqxx>

#include <map>
#include <set>

namespace millrace::test {
namespace {

struct found_task {
  std::string id, type, state;
};

/// Task rows by the id that the producer gave.
std::multimap<std::string, found_task> tasks(pqxx::nontransaction& db) {
  std::multimap<std::string, found_task> all;
  for (auto row : db.exec("select coalesce(original_id, id::text), id::text, type, state::text from millrace.task"))
    all.emplace(row[0].c_str(), found_task{row[1].c_str(), row[2].c_str(), row[3].c_str()});
  return all;
}

std::map<std::string, int> count_by(const std::vector<nlohmann::json>& lines, const char* field) {
  std::map<std::string, int> counts;
  for (auto& line : lines)
    if (line.value(field, nlohmann::json{}).is_string() && line.value("status", 0) < 300)
      ++counts[line[field].get<std::string>()];
  return counts;
}

/// Message-ID is "<task id@domain>".
std::map<std::string, int> mails_by_task(const scene& s) {
  std::map<std::string, int> counts;
  for (auto& [message_id, n] : count_by(s.mails(), "message_id")) counts[message_id.substr(1, 36)] += n;
  return counts;
}

void check_effect(const std::map<std::string, int>& effects, const found_task& t, bool exactly_once) {
  auto it = effects.find(t.id);
  int times = it == effects.end() ? 0 : it->second;
  BOOST_CHECK_MESSAGE(exactly_once ? times == 1 : times >= 1, t.type << " " << t.id << " had " << times << " effects");
}

void check_good(scene& s, pqxx::nontransaction& db, bool exactly_once) {
  auto rows = tasks(db);
  auto mails = mails_by_task(s);
  auto webhooks = count_by(s.webhooks(), "webhook-id");
  for (auto& line : s.journal()) {
    if (line["expect"] != "done" || line["id"].is_null()) continue;
    auto id = line["id"].get<std::string>();
    BOOST_CHECK_MESSAGE(rows.count(id) == 1, id << " has " << rows.count(id) << " rows");
    auto it = rows.find(id);
    if (it == rows.end()) continue;
    BOOST_CHECK_MESSAGE(it->second.state == "succeeded", line.dump() << " is " << it->second.state);
    if (it->second.type == "notification.email") check_effect(mails, it->second, exactly_once);
    if (it->second.type == "notification.webhook") check_effect(webhooks, it->second, exactly_once);
  }
}

/// What amqp-publish sent has no id, so it is told by its subject; without an id nothing is promised about repeats.
void check_without_id(scene& s) {
  std::set<std::string> subjects;
  for (auto& mail : s.mails())
    if (mail.value("subject", "").starts_with("tools ")) subjects.insert(mail["subject"]);
  std::size_t sent = 0;
  for (auto& line : s.journal()) sent += line["id"].is_null();
  BOOST_CHECK_EQUAL(subjects.size(), sent);
}

/// The id stands in the raw properties or, where the message has none, in the payload.
void check_broken(scene& s, pqxx::nontransaction& db) {
  for (auto& line : s.journal()) {
    if (line["expect"] != "dead") continue;
    auto found = db.exec_params(
        "select reason, body_size = length(payload) or parked_in is not null from millrace.dead_letter"
        " where position(convert_to($1, 'UTF8') in raw_properties) > 0 or position(convert_to($1, 'UTF8') in payload) > 0",
        line["id"].get<std::string>());
    BOOST_CHECK_MESSAGE(found.size() == 1, line.dump() << " has " << found.size() << " dead letters");
    for (auto row : found) {
      BOOST_CHECK_MESSAGE(*row[0].c_str(), line.dump() << " has no reason");
      BOOST_CHECK_MESSAGE(row[1].as<bool>(), line.dump() << " lost its raw bytes");
    }
  }
}

void check_ledger(pqxx::nontransaction& db) {
  BOOST_CHECK_EQUAL(db.exec1("select coalesce(sum(balance), 0) from millrace.account")[0].as<long>(), 0);
  auto off = db.exec(
      "select a.name, a.balance, coalesce(e.fold, 0) from millrace.account a left join ("
      "  select tenant, account, sum(amount) as fold from ("
      "    select tenant, credit as account, amount from millrace.transfer"
      "    union all select tenant, debit, -amount from millrace.transfer) x group by 1, 2) e"
      "  on e.tenant = a.tenant and e.account = a.name"
      " where a.balance <> coalesce(e.fold, 0)");
  BOOST_CHECK_MESSAGE(off.empty(), off.size() << " accounts whose balance is not the fold of their entries");
  // Every transfer that says it posted has its row, and none is there twice (its key sees to that).
  auto unposted = db.exec1(
      "select count(*) from millrace.task t where type = 'transaction.transfer' and state = 'succeeded'"
      " and coalesce(result::jsonb->>'posted', 'true') = 'true'"
      " and not exists (select from millrace.transfer x where x.task_id = t.id and x.tenant = t.tenant)");
  BOOST_CHECK_EQUAL(unposted[0].as<long>(), 0);
}

}  // namespace

void check_promise(scene& s, promise_options options) {
  pqxx::connection connection{s.database_url()};
  pqxx::nontransaction db{connection};
  check_good(s, db, options.effects_exactly_once);
  check_without_id(s);
  check_broken(s, db);
  check_ledger(db);
  for (auto queue : {"email", "webhook", "data-processing", "priority", "dead-letter"})
    BOOST_CHECK(wait_until([&] { return s.depth(queue) == 0; }));
}

}  // namespace millrace::test
