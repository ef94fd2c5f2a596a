#include "actors/pipeline/batch_transaction.hpp"

#include "actors/delivery/dead_letter_row.hpp"
#include "actors/delivery/inbox_row.hpp"
#include "actors/delivery/outcome_resolution.hpp"
#include "actors/delivery/returned_delivery.hpp"
#include "connectors/postgres/task/lease_store.hpp"
#include "connectors/postgres/task/task_store.hpp"
#include "runtime/supervision/crash_points.hpp"
#include "runtime/task/jitter.hpp"

#include <algorithm>
#include <span>
#include <stdexcept>

namespace millrace::actors {
namespace {

using postgres::finish_verdict;
using postgres::inbox_answer;
using postgres::inbox_row;
using postgres::inbox_verdict;
using postgres::task_state;

constexpr std::chrono::seconds blocked_here_for{2};
constexpr std::chrono::seconds handed_off_for{10};

/// Executes one transaction. Collects the rows to write, and writes them once all outcomes are known.
class batch_transaction {
 public:
  batch_transaction(unit_of_work& work, const commit_plan& plan) : work_(work), plan_(plan) {}

  commit_result run() {
    faults::crash_at(faults::crash_point::before_inbox);
    accept_deliveries();
    faults::crash_at(faults::crash_point::after_inbox);
    for (auto& [type, members] : groups_) execute(type, members);
    finish_effects();
    write();
    result_.counts = work_.take_counts();
    faults::crash_at(faults::crash_point::before_commit);
    return std::move(result_);
  }

 private:
  struct member {
    std::size_t index;
    inbox_answer answer;
  };
  struct type_group {
    std::string type;
    std::vector<member> members;
  };
  struct finishing {
    std::size_t index;
    const task* what;
    std::int64_t claim;
    std::uint32_t attempt;
    outcome_resolution resolution;
    task_state accepted;  ///< the state in which the inbox accepted it
  };

  const decoded_delivery* delivery(std::size_t i) const { return delivery_in((*plan_.items)[i]); }

  const type_policy& policy(const std::string& type) const {
    static const type_policy none;
    auto* entry = plan_.handlers->find(type);
    return entry ? entry->policy : none;
  }

  /// A message without an id cannot be distinguished from its redelivery. So it is published under the id that we assigned,
  /// and deduplicated from then on. Only a crash between this commit and the ack can duplicate it.
  bool publish_under_its_id(const decoded_delivery& d) {
    if (!d.id_assigned || d.problem || d.expired) return false;
    add_outbox(first_publication(d.what, std::max(d.what.not_before.value_or(plan_.now), plan_.now)));
    return true;
  }

  bool publish_again(std::size_t index) {
    auto row = next_round(*delivery(index), plan_.ordered, plan_.now);
    if (!row) return false;
    add_outbox(std::move(*row));
    result_.republished.push_back(index);
    return true;
  }

  void accept_deliveries() {
    auto live = plan_.read_liveness();
    std::vector<inbox_row> rows;
    std::vector<std::size_t> indices;
    for (std::size_t i = 0; i < plan_.items->size(); ++i) {
      auto* d = delivery(i);
      if (!d || publish_under_its_id(*d) || publish_again(i)) continue;
      auto row = inbox_row_of(*d, *plan_.handlers, plan_.now);
      if (row.state == task_state::running && !live.may_claim) {
        result_.deferred.push_back(i);
        continue;
      }
      rows.push_back(std::move(row));
      indices.push_back(i);
    }
    if (rows.empty()) return;
    auto answers = postgres::accept(work_, rows, {plan_.node, live.may_take_over, plan_.expects_recorded});
    for (std::size_t k = 0; k < rows.size(); ++k) apply_inbox_answer(indices[k], rows[k].state, answers[k]);
  }

  void apply_inbox_answer(std::size_t index, task_state state, const inbox_answer& answer) {
    auto& d = *delivery(index);
    result_.found_recorded |= answer.verdict != inbox_verdict::fresh || answer.claim > 1;
    if (answer.verdict == inbox_verdict::duplicate && !faults::has(faults::defect::no_dedupe))
      return result_.duplicates.push_back(index);
    if (answer.verdict == inbox_verdict::conflict)
      return dead_letter(
          index, {dead_reason::id_conflict, "the id was used before with another payload or type; the first task is kept"});
    if (answer.verdict == inbox_verdict::blocked) return block(index);
    if (answer.verdict == inbox_verdict::leased) return result_.handed_off.push_back(index);
    if (answer.cancelled) return end_cancelled(index, answer);
    // It started in time and was redelivered after it expired.
    if (answer.verdict == inbox_verdict::resumed && (state == task_state::expired || d.claimed_before))
      state = task_state::running;
    switch (state) {
      case task_state::dead:
        return dead_letter(index, *d.problem);
      case task_state::expired:
        return end(index, d.what, "expired", true, "expired before it was executed");
      case task_state::scheduled:
        return add_outbox(republication(d.what, *d.what.not_before));
      case task_state::running:
        return claim_effect(index, answer);
      default:
        group_of(d.what.type).members.push_back({index, answer});
    }
  }

  /// Tasks of one type are executed together. In an ordered batch, only those between two tasks of other types.
  type_group& group_of(const std::string& type) {
    auto found = plan_.ordered && !groups_.empty() ? std::prev(groups_.end()) : groups_.begin();
    found = std::find_if(found, groups_.end(), [&](auto& g) { return g.type == type; });
    return found == groups_.end() ? groups_.emplace_back(type_group{type, {}}) : *found;
  }

  /// Waiting uses up credit, and the broker's consumer timeout is bounded. So after a while the delivery becomes an outbox
  /// row.
  void block(std::size_t index) {
    auto& d = *delivery(index);
    bool to_be_executed = !d.problem && !d.expired && d.key;
    if (!to_be_executed || !d.blocked_since || plan_.now - *d.blocked_since < blocked_here_for)
      return result_.blocked.push_back(index);
    add_outbox(first_publication(d.what, plan_.now + handed_off_for));
    result_.handed_off.push_back(index);
  }

  void claim_effect(std::size_t index, const inbox_answer& answer) {
    auto& t = delivery(index)->what;
    bool leased = policy(t.type).timeout > plan_.lease_above;
    if (leased) postgres::take_lease(work_, {t.tenant, to_string(t.id)}, plan_.node, first_publication(t, plan_.now));
    result_.claimed.push_back({index, answer.attempt, answer.claim, leased});
  }

  void end_cancelled(std::size_t index, const inbox_answer& answer) {
    auto& t = delivery(index)->what;
    auto c = resolve_outcome(t, cancelled{"cancelled while running on a node that died"}, policy(t.type), plan_.now, 0);
    finishing_.push_back({index, &t, answer.claim, answer.attempt, std::move(c), task_state::running});
  }

  void execute(const std::string& type, const std::vector<member>& group) {
    std::vector<task> tasks;
    tasks.reserve(group.size());
    for (auto& m : group) tasks.push_back(delivery(m.index)->what), tasks.back().attempt = m.answer.attempt;
    auto& handler = *std::get<std::shared_ptr<transactional_handler>>(plan_.handlers->find(type)->code);
    auto began = plan_.timed ? std::chrono::system_clock::now() : wall_time{};
    auto outcomes = plan_.forced_outcome ? std::vector<outcome>{*plan_.forced_outcome} : call(handler, tasks);
    if (plan_.timed) result_.executions.push_back({type, began, std::chrono::system_clock::now(), tasks.size()});
    if (outcomes.size() != tasks.size())
      throw std::logic_error("the handler of " + type + " must return one outcome a task");
    for (std::size_t k = 0; k < tasks.size(); ++k) {
      if (needs_no_update(tasks[k], outcomes[k])) {
        result_.endings.push_back({group[k].index, tasks[k].attempt, "succeeded", {}, {}, true});
        continue;
      }
      auto c = resolve_outcome(tasks[k], std::move(outcomes[k]), policy(type), plan_.now, random_unit());
      if (!plan_.forced_outcome && c.dead_letter && c.dead_letter->reason == dead_reason::invalid_follow_up)
        throw follow_ups_refused(c.error);
      finishing_.push_back({group[k].index, &delivery(group[k].index)->what, group[k].answer.claim, tasks[k].attempt,
                            std::move(c), task_state::succeeded});
    }
  }

  /// True for most tasks: the row was inserted in its final state, and nothing is to be published.
  bool needs_no_update(const task& t, const outcome& o) const {
    auto* done = std::get_if<succeeded>(&o);
    return done && done->then.empty() && t.reply_to.empty() && done->result == usual_result(*plan_.handlers, t.type);
  }

  std::vector<outcome> call(transactional_handler& handler, const std::vector<task>& tasks) {
    auto entry = plan_.crashes ? plan_.crashes->enter(tasks) : crash::crash_record::entry{};
    for (auto& t : tasks) faults::crash_on(t.payload.view());
    return handler.execute(work_, tasks);
  }

  void finish_effects() {
    for (std::size_t i = 0; i < plan_.items->size(); ++i) {
      auto* e = effect_in((*plan_.items)[i]);
      if (!e) continue;
      // A forced retry concerns the write only, which is retried anyway. The effect already has its outcome.
      auto& end =
          plan_.forced_outcome && std::holds_alternative<dead>(*plan_.forced_outcome) ? *plan_.forced_outcome : e->result;
      auto c = resolve_outcome(e->what, end, policy(e->what.type), plan_.now, random_unit());
      finishing_.push_back({i, &e->what, e->claim, e->what.attempt, std::move(c), task_state::running});
    }
  }

  /// The row was inserted in this state: a transactional success with the usual result.
  bool is_unchanged(const finishing& f) const {
    return f.accepted == task_state::succeeded && f.resolution.state == task_state::succeeded &&
           f.resolution.result == usual_result(*plan_.handlers, f.what->type);
  }

  std::vector<finish_verdict> update_rows() {
    std::vector<postgres::finish_row> rows;
    std::vector<std::size_t> position;
    for (std::size_t k = 0; k < finishing_.size(); ++k) {
      auto& f = finishing_[k];
      if (is_unchanged(f)) continue;
      rows.push_back({f.what->tenant, to_string(f.what->id), f.claim, f.resolution.state, f.resolution.result,
                      f.resolution.error, f.resolution.counts, f.what->generation, f.accepted});
      position.push_back(k);
    }
    std::vector<finish_verdict> applied(finishing_.size(), finish_verdict::written);
    if (rows.empty()) return applied;
    auto written = postgres::finish(work_, rows, plan_.node);
    for (std::size_t k = 0; k < rows.size(); ++k) applied[position[k]] = written[k];
    return applied;
  }

  void write() {
    auto applied = update_rows();
    for (std::size_t k = 0; k < finishing_.size(); ++k) {
      auto& f = finishing_[k];
      if (applied[k] == finish_verdict::fenced) continue;  // another node owns the task, or it has already ended
      if (f.accepted == task_state::running && policy(f.what->type).timeout > plan_.lease_above)
        postgres::end_lease(work_, {f.what->tenant, to_string(f.what->id)}, plan_.node);
      if (applied[k] == finish_verdict::cancelled)
        f.resolution = resolve_outcome(*f.what, cancelled{"cancelled while running"}, policy(f.what->type), plan_.now, 0);
      if (f.resolution.next) add_outbox(std::move(*f.resolution.next));
      for (auto& next : f.resolution.follow_ups) add_outbox(std::move(next));
      if (f.resolution.reply) add_outbox(std::move(*f.resolution.reply));
      if (f.resolution.dead_letter) dead_letters_.push_back(to_dead_letter(f, *f.resolution.dead_letter));
      auto reason = f.resolution.dead_letter ? std::optional{f.resolution.dead_letter->reason} : std::nullopt;
      result_.endings.push_back({f.index, f.attempt, f.resolution.outcome, f.resolution.error, reason,
                                 !f.resolution.counts ? false : f.resolution.outcome != std::string_view{"retry"}});
    }
    if (!outbox_.empty()) postgres::enqueue(work_, outbox_);
    if (dead_letters_.empty()) return;
    postgres::add_dead_letters(work_, dead_letters_);
    postgres::add_audit(work_, audit_rows_of(dead_letters_, plan_.node));
  }

  postgres::dead_letter_row to_dead_letter(const finishing& f, const dead& why) const {
    if (auto* e = effect_in((*plan_.items)[f.index])) return dead_letter_of(e->what, e->source, why, e->what.attempt);
    auto& d = *delivery(f.index);
    return dead_letter_of(d.what, d.source, why, 1);
  }

  /// Dead-letters a delivery that was never executed.
  void dead_letter(std::size_t index, dead why) {
    auto& d = *delivery(index);
    dead_letters_.push_back(dead_letter_of(d.what, d.source, why, 0));
    if (why.reason != dead_reason::id_conflict && !d.what.reply_to.empty())
      add_outbox(reply_message(d.what, task_state::dead, {}, why.error));
    result_.endings.push_back({index, 0, "dead", why.error, why.reason, true});
  }

  void end(std::size_t index, const task& t, const char* name, bool terminal, std::string error) {
    if (!t.reply_to.empty()) add_outbox(reply_message(t, task_state::expired, {}, error));
    result_.endings.push_back({index, 0, name, std::move(error), std::nullopt, terminal});
  }

  void add_outbox(postgres::outbox_row row) {
    auto due = row.due_at_us ? wall_time{std::chrono::microseconds{*row.due_at_us}} : plan_.now;
    result_.next_due = std::min(result_.next_due.value_or(due), due);
    outbox_.push_back(std::move(row));
  }

  unit_of_work& work_;
  const commit_plan& plan_;
  std::vector<type_group> groups_;
  std::vector<finishing> finishing_;
  std::vector<postgres::outbox_row> outbox_;
  std::vector<postgres::dead_letter_row> dead_letters_;
  commit_result result_;
};

}  // namespace

commit_result run_batch_transaction(unit_of_work& work, const commit_plan& plan) {
  return batch_transaction{work, plan}.run();
}

}  // namespace millrace::actors
