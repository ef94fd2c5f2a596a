"""The mutants of the reliability run: defects, and the phase that must condemn each.

A chosen mutant breaks a rule that carries the promise. A generated one applies an operator to a published line of the code:
`negate` negates the condition, `drop` removes the statement, `swap` exchanges two words of it.
"""
from dataclasses import dataclass

BATCH, CONSUMER, COMMITTER = "actors/pipeline/batch_transaction.cpp", "actors/pipeline/consumer.cpp", "actors/pipeline/committer.cpp"
OUTBOX, RELAY = "connectors/postgres/task/outbox_store.cpp", "actors/outbox/outbox_relay.cpp"
INBOX, DECISION = "connectors/postgres/task/inbox_batch.cpp", "connectors/postgres/task/inbox_decision.cpp"
ACKS, COLLECTOR, TASKS = "runtime/flow/ack_tracker.cpp", "actors/outbox/confirm_collector.hpp", "connectors/postgres/task/task_store.cpp"
CHANNEL = "connectors/amqp/channel/consumer_channel.hpp"
POST, EXECUTOR = "actors/pipeline/post_commit.cpp", "actors/pipeline/effect_executor.cpp"


@dataclass(frozen=True)
class Edit:
    """`old` occurs once in `file`."""
    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    """`also`: the second guard of a rule that is guarded twice. `survives`: why no phase can condemn it, if that is known."""
    name: str
    phase: str
    file: str
    old: str
    new: str
    survives: str = ""
    also: tuple[Edit, ...] = ()

    def edits(self):
        return (Edit(self.file, self.old, self.new), *self.also)


CHOSEN = [
    Mutant("ack_before_commit", "chaos", CONSUMER, "if (faults::has(faults::defect::ack_before_commit)) {", "if (true) {"),
    Mutant("no_dedupe", "chaos", BATCH,
           "answer.verdict == inbox_verdict::duplicate && !faults::has(faults::defect::no_dedupe)",
           "answer.verdict == inbox_verdict::duplicate && false"),
    Mutant("blind_relay", "chaos", RELAY, "if (faults::has(faults::defect::blind_relay)) ", ""),
    Mutant("epoch_ignored", "chaos", CONSUMER, "    if (key.epoch != st.epoch) continue;\n", "",
           also=(Edit(CHANNEL, "channel_ != 0 && epoch == epoch_", "channel_ != 0 && epoch <= epoch_"),)),
    Mutant("claim_not_written", "orphans", INBOX, "  insert_columns columns(rows, order, node.identity);",
           "  insert_columns columns(rows, order, {});"),
    Mutant("wrong_fence", "chaos", TASKS, "      and (t.claim = coalesce(u.claim, ($3::bigint[])[1])\n",
           "      and (true or t.claim = coalesce(u.claim, ($3::bigint[])[1])\n",
           "a node must lose its lock in the database and live on, which no phase brings about yet"),
    Mutant("lease_never_expires", "chaos", OUTBOX, "(locked_until is null or locked_until <= now()) and \" condition ",
           "locked_until is null and \" condition "),
    Mutant("due_time_ignored", "chaos", OUTBOX, "  \" where due_at <= now() and (locked_until", "  \" where (locked_until"),
    Mutant("due_time_by_a_clock_two_seconds_ahead", "chaos", OUTBOX, "  \" where due_at <= now() and (locked_until",
           "  \" where due_at <= now() + interval '2 s' and (locked_until"),
    Mutant("settled_twice", "chaos", POST, "      settle(d, out.done);", "      settle(d, out.done), settle(d, out.done);",
           also=(Edit(ACKS, "if (!e || e->at != progress::in_flight) return false;\n  e->at = progress::settled;",
                      "if (!e) return false;\n  e->at = progress::settled;"),)),
    Mutant("follow_up_dropped", "chaos", BATCH, "for (auto& next : f.resolution.follow_ups) add_outbox(std::move(next));", ""),
    Mutant("result_dropped", "chaos", BATCH, "if (f.resolution.reply) add_outbox(std::move(*f.resolution.reply));", ""),
    Mutant("dead_letter_dropped", "chaos", BATCH, "if (f.resolution.dead_letter) dead_letters_.push_back(",
           "if (false) dead_letters_.push_back("),
    Mutant("ordered_queue_cancelled_before_it_is_drained", "ordered", CONSUMER,
           "if (is_ordered(self->state)) {\n          begin_hand_over(self);\n        } else {",
           "if (false) {\n        } else {"),
    Mutant("ordered_queue_acknowledged_during_a_hand_over", "ordered", CONSUMER, "  if (st.handing_over)\n", "  if (false)\n"),
    Mutant("ordered_queue_without_single_consumer", "ordered", "actors/delivery/topology.cpp",
           "\"x-single-active-consumer\"", "\"x-not-single-active-consumer\""),
    Mutant("ordered_batch_by_type", "ordered", BATCH,
           "plan_.ordered && !groups_.empty() ? std::prev(groups_.end()) : groups_.begin()", "groups_.begin()"),
    Mutant("relay_rows_out_of_order", "ordered", OUTBOX, "from taken order by due_at, id", "from taken order by due_at desc, id desc"),
    Mutant("returns_condemn", "returns", "actors/delivery/topology.cpp", "delivery_limit = 1'000'000;", "delivery_limit = 2;"),
    Mutant("unknown_publish_counts_as_confirmed", "chaos", "connectors/amqp/channel/confirm_tracker.cpp",
           "culprit ? confirm::returned : confirm::unknown", "culprit ? confirm::returned : confirm::accepted"),
]


def negate(name, phase, file, condition, survives=""):
    """The condition of an `if`, which occurs once."""
    return Mutant(f"negate: {name}", phase, file, f"if ({condition})", f"if (!({condition}))", survives)


def drop(name, phase, file, statement, survives=""):
    return Mutant(f"drop: {name}", phase, file, statement, ";" if statement.endswith(";") else "", survives)


def swap(name, phase, file, old, new, survives=""):
    return Mutant(f"swap: {name}", phase, file, old, new, survives)


GENERATED = [
    drop("rows of the relay are deleted", "chaos", RELAY, "postgres::remove(w, settled.published);"),
    drop("unroutable rows are delayed", "relay", RELAY, "postgres::release(w, settled.unconfirmed, unconfirmed_wait);",
         "the lease of the rows expires after ten seconds and they are published again"),
    drop("outbox rows are written", "chaos", BATCH, "if (!outbox_.empty()) postgres::enqueue(work_, outbox_);"),
    drop("the next publication of a retry", "chaos", BATCH, "if (f.resolution.next) add_outbox(std::move(*f.resolution.next));"),
    drop("dead letters are written", "chaos", BATCH, "postgres::add_dead_letters(work_, dead_letters_);"),
    drop("effects are finished", "chaos", BATCH, "    finish_effects();\n"),
    negate("a fenced outcome is ignored", "chaos", BATCH, "applied[k] == finish_verdict::fenced"),
    negate("a duplicate is acknowledged", "chaos", BATCH, "answer.verdict == inbox_verdict::conflict"),
    negate("nothing is wanted", "chaos", RELAY, "wanted == 0"),
    swap("a confirm", "chaos", COLLECTOR, "c == amqp::confirm::accepted || dropped", "c != amqp::confirm::accepted || dropped"),
    swap("a return", "chaos", COLLECTOR, "done ? answer_.published : returned", "done || returned ? answer_.published : returned"),
    swap("an awaited generation", "chaos", DECISION, "generation == std::uint64_t{known.generation} + 1",
         "generation == std::uint64_t{known.generation}"),
    swap("who executes", "orphans", DECISION, ": known.by == known_task::executor::alive;",
         ": known.by == known_task::executor::dead;"),
    swap("a resumed attempt", "orphans", DECISION, "auto resumed = claim(inbox_verdict::resumed, known.attempt);",
         "auto resumed = claim(inbox_verdict::duplicate, known.attempt);"),
    swap("an executed state", "chaos", DECISION, "state == task_state::running || state == task_state::succeeded",
         "state == task_state::running && state == task_state::succeeded",
         "it changes the number of attempts alone, which no invariant promises"),
    swap("a prefix of acknowledgements", "chaos", ACKS, "if (window_.front().at != progress::settled) continue;",
         "if (window_.front().at == progress::settled) continue;"),
    swap("a settled delivery", "chaos", ACKS, "acks.push_back({prefix, covered > 1});", "acks.push_back({prefix + 1, true});"),
    drop("the next type waits", "chaos", EXECUTOR, "  report(self, it, std::move(reported.result));\n"),
    swap("an ended effect is acknowledged", "chaos", POST, "      settle(*e, out.done);\n", "      static_cast<void>(e);\n"),
    swap("a claimed effect is executed", "chaos", POST, "    out.effects.push_back(", "    if (false) out.effects.push_back("),
]

MUTANTS = CHOSEN + GENERATED
