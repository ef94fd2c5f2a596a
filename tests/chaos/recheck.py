#!/usr/bin/python3
"""Recomputes from raw journals and tables whether the promise held: loss, doubles, the ledger, and order.

An independent check of `millrace verify`: it shares no code with the program or with the rest of the reliability run, and
reads tables only through psql. It prints one JSON object for each finding and exits with 1 if one has breaches.

usage: recheck.py --database URL --journal FILE... [--accepted FILE...] [--may-repeat FILE...] [--results FILE...]
                  [--ordered TYPE...]

A journal line of a producer: id, tenant, type, expect, reply_to, follow_ups, and for the order also channel, place (from 1, on that channel),
sends (publishes until the confirm), not_before (s since 1970) and payload (JSON text). All tasks must have ended. `--ordered` names the types whose
tasks must have taken effect in the order in which they were published on one channel. It applies to `test.record`,
`ledger.open_account` and `transaction.transfer`. A task is left out if its place is unknown (sends > 1), if it was
published for a later time, or if it was attempted more than once.
"""
import argparse
import collections
import json
import subprocess
import sys
import uuid

LEDGER = ("ledger.open_account", "transaction.transfer")


class Findings:
    def __init__(self):
        self.all = []

    def add(self, what, checked, breaches):
        breaches = list(breaches)
        self.all.append({"what": what, "of": checked, "breaches": len(breaches), "examples": breaches[:5]})


def lines(files):
    """The complete lines of the files. Their last line may be cut off if its writer was killed."""
    for name in files:
        with open(name, "rb") as file:
            for line in file:
                if line.endswith(b"\n"):
                    yield json.loads(line)


class Tables:
    """Rows of a database, read by psql as JSON."""

    def __init__(self, url):
        self.url = url

    def rows(self, query):
        done = subprocess.run(["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", f"select row_to_json(r) from ({query}) r",
                               self.url], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit("recheck: " + done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]


def is_uuid(text):
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def key_of(line):
    """A task is identified by its tenant and the id that its producer wrote."""
    written = line["id"]
    return line.get("tenant", "default"), written.lower() if is_uuid(written) else written


def read_tasks(tables):
    tasks = {}
    for row in tables.rows("select id::text, original_id, tenant, type, state::text, attempt, result,"
                           " extract(epoch from finished_at) as ended from millrace.task"):
        row["result"] = json.loads(row["result"]) if row["result"] else None
        tasks[row["tenant"], row["original_id"] or row["id"]] = row
    return tasks


def check_loss(journal, tasks, letters, found):
    """Every confirmed task has ended, and as its producer expects."""
    wanted = [line for line in journal if line["expect"] != "dead"]
    found.add("lost", len(wanted), (line["id"] for line in wanted if key_of(line) not in tasks))
    ended = [(line, tasks[key_of(line)]) for line in wanted if key_of(line) in tasks]
    found.add("not ended, or not as expected", len(ended), (
        f"{line['id']} is {row['state']}" for line, row in ended
        if row["state"] not in (("succeeded",) if line["expect"] == "done" else ("succeeded", "dead", "cancelled", "expired"))))
    broken = [line for line in journal if line["expect"] == "dead"]
    # A broken message may have no id that can be read, so that the table has another one. Their number must agree.
    found.add("difference in dead letters", len(broken), [f"{letters} dead letters of {len(broken)} broken messages"]
              if letters != len(broken) else [])


def check_due(journal, tasks, found):
    """No task has ended before its due time. Producers and servers of a run have the same clock."""
    delayed = [(line, tasks[key_of(line)]) for line in journal if "not_before" in line and key_of(line) in tasks]
    found.add("ended before their time", len(delayed), (
        line["id"] for line, row in delayed if row["ended"] is not None and row["ended"] < line["not_before"]))


def check_derived(journal, results, tasks, found):
    """Every follow-up of a succeeded task exists and succeeded, and every result arrived with the task's state."""
    parents = [(line, tasks[key_of(line)]) for line in journal if line.get("follow_ups") and key_of(line) in tasks]
    children = [(line.get("tenant", "default"), str(uuid.uuid5(uuid.UUID(row["id"]), f"follow-up {number}")))
                for line, row in parents for number in range(line["follow_ups"])]
    found.add("follow-ups lost", len(children), (
        key[1] for key in children if key not in tasks or tasks[key]["state"] != "succeeded"))
    if results is None:
        return
    received = {(*key_of(line), line["state"]) for line in results}
    asked = [line for line in journal if line.get("reply_to") and key_of(line) in tasks]
    found.add("results lost", len(asked), (
        line["id"] for line in asked if (*key_of(line), tasks[key_of(line)]["state"]) not in received))


def check_doubles(tables, tasks, found):
    """A recorded task leaves one row for each execution, without a key."""
    if not tables.rows("select to_regclass('millrace_test.execution') as there")[0]["there"]:
        return
    by_id = {(row["tenant"], row["id"]): row for row in tasks.values() if row["type"] == "test.record"}
    times = collections.Counter((row["tenant"], row["task_id"])
                                for row in tables.rows("select tenant, task_id::text from millrace_test.execution"))
    found.add("executed more than once", len(times), (f"{key[1]} {count} times" for key, count in times.items() if count > 1))
    found.add("executed without success, or the reverse", len(by_id), (
        key[1] for key in set(by_id) | set(times)
        if (key in times) != (key in by_id and by_id[key]["state"] == "succeeded")))


def check_effects(accepted, may_repeat, tasks, found):
    """An e-mail or a webhook is accepted once, and once more for each time that a kill interrupted it."""
    def id_of(line):
        text = next(line[name] for name in ("id", "webhook-id", "message_id") if line.get(name))
        return text.lstrip("<")[:36]
    seen = collections.Counter(id_of(line) for line in accepted if line.get("status", 200) < 300)
    allowed = collections.Counter(line["id"] for line in may_repeat)
    found.add("effects repeated without a cause", len(seen), (
        f"{task_id} {count} times" for task_id, count in seen.items() if count > 1 + allowed[task_id]))
    sent = [row["id"] for row in tasks.values() if row["type"].startswith("notification.") and row["state"] == "succeeded"]
    found.add("effects that succeeded unseen", len(sent), (task_id for task_id in sent if task_id not in seen))


def posting_of(payload, accounts):
    """The ledger's rule for one transfer, applied to `accounts` (name: [currency, may be negative, balance])."""
    debit, credit = accounts.get(payload["debit"]), accounts.get(payload["credit"])
    if payload["amount"] <= 0:
        return "amount_not_positive"
    if payload["debit"] == payload["credit"]:
        return "same_account"
    if debit is None or credit is None:
        return "unknown_account"
    if {debit[0], credit[0]} != {payload["currency"]}:
        return "currency_mismatch"
    if not debit[1] and debit[2] < payload["amount"]:
        return "insufficient_funds"
    debit[2] -= payload["amount"]
    credit[2] += payload["amount"]
    return "posted"


def check_ledger(journal, tasks, tables, found):
    """Every posted transfer is what its producer wrote, and every balance is the sum of them."""
    transfers = {(row["tenant"], row["task_id"]): row for row in tables.rows(
        "select tenant, task_id::text, debit, credit, amount, currency from millrace.transfer")}
    balances = collections.Counter()
    for row in transfers.values():
        balances[row["tenant"], row["debit"]] -= row["amount"]
        balances[row["tenant"], row["credit"]] += row["amount"]
    kept = tables.rows("select tenant, name, balance from millrace.account")
    found.add("balances that are not the sum of the transfers", len(kept), (
        row["name"] for row in kept if balances[row["tenant"], row["name"]] != row["balance"]))
    wanted = [line for line in journal if line["type"] == "transaction.transfer" and "payload" in line]
    wrong = []
    for line in wanted:
        row = tasks.get(key_of(line))
        if row is None or row["state"] != "succeeded":
            continue
        payload, posted = json.loads(line["payload"]), transfers.pop((row["tenant"], row["id"]), None)
        if (posted is not None) != row["result"]["posted"] or (
                posted and any(posted[name] != payload[name] for name in ("debit", "credit", "amount", "currency"))):
            wrong.append(line["id"])
    found.add("transfers that differ from what their producer wrote", len(wanted), wrong)
    if wanted:
        found.add("transfers that no producer published", len(wanted), (key[1] for key in transfers))


def channels_of(journal, tasks, types):
    """The ordered tasks of each channel, in the order in which they were published."""
    channels = collections.defaultdict(list)
    for line in journal:
        row = tasks.get(key_of(line)) if line["type"] in types and "place" in line else None
        if row and line["sends"] == 1 and "not_before" not in line and row["attempt"] == 1 and row["state"] == "succeeded":
            channels[line["channel"]].append((line["place"], line, row))
    return [[(line, row) for _, line, row in sorted(of, key=lambda each: each[0])] for of in channels.values()]


def overtaken(of, position):
    """Ids whose effect came before that of a task published earlier on the same channel."""
    last = None
    for line, row in of:
        at = position.get((row["tenant"], row["id"]))
        if at is None:
            continue
        if last is not None and at < last:
            yield line["id"]
        else:
            last = at


def check_order(journal, tasks, tables, types, found):
    if "test.record" in types:
        position = {(row["tenant"], row["task_id"]): row["number"] for row in tables.rows(
            "select tenant, task_id::text, min(number) as number from millrace_test.execution group by 1, 2")}
        channels = channels_of(journal, tasks, {"test.record"})
        found.add("recorded out of order", sum(map(len, channels)), (each for of in channels for each in overtaken(of, position)))
    ledger = set(types) & set(LEDGER)
    if "transaction.transfer" in ledger:
        order = tables.rows("select tenant, task_id::text from millrace_test.posting order by number")
        position = {(row["tenant"], row["task_id"]): place for place, row in enumerate(order)}
        channels = channels_of(journal, tasks, {"transaction.transfer"})
        found.add("transfers posted out of order", sum(map(len, channels)),
                  (each for of in channels for each in overtaken(of, position)))
    if ledger == set(LEDGER):
        check_replay(journal, tasks, found)


def check_replay(journal, tasks, found):
    """If one channel published everything, its tasks in order decide every posting and every refusal."""
    ledger = [line for line in journal if line["type"] in LEDGER]
    channels = channels_of(journal, tasks, set(LEDGER))
    if len(channels) != 1 or len(channels[0]) != len(ledger):
        return
    accounts, wrong = {}, []
    for line, row in channels[0]:
        payload = json.loads(line["payload"])
        if line["type"] == "ledger.open_account":
            accounts.setdefault(payload["account"], [payload["currency"], payload.get("allow_negative", False), 0])
            continue
        rule = posting_of(payload, accounts)
        result = "posted" if row["result"]["posted"] else row["result"]["reason"]
        if rule != result:
            wrong.append(f"{line['id']} is {result}, in order {rule}")
    found.add("results that differ from those in the order of publishing", len(ledger), wrong)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--database", required=True, help="connection URL")
    arguments.add_argument("--journal", action="append", required=True, help="journal of a producer; repeatable")
    arguments.add_argument("--accepted", action="append", default=[], help="journal of a receiver; repeatable")
    arguments.add_argument("--may-repeat", action="append", default=[], help="effects interrupted by a kill; repeatable")
    arguments.add_argument("--results", action="append", default=[], help="journal of received results; repeatable")
    arguments.add_argument("--ordered", action="append", default=[], choices=["test.record", *LEDGER],
                           help="type whose tasks keep the order of their channel; repeatable")
    given = arguments.parse_args()
    tables, found = Tables(given.database), Findings()
    journal = [line for line in lines(given.journal) if line["id"] is not None]
    for line in journal:
        line.setdefault("expect", "done")
        line.setdefault("type", "")
    tasks = read_tasks(tables)
    letters = tables.rows("select count(*) as letters from millrace.dead_letter")[0]["letters"]
    check_loss(journal, tasks, letters, found)
    check_due(journal, tasks, found)
    check_derived(journal, lines(given.results) if given.results else None, tasks, found)
    check_doubles(tables, tasks, found)
    if given.accepted:
        check_effects(lines(given.accepted), lines(given.may_repeat), tasks, found)
    check_ledger(journal, tasks, tables, found)
    if given.ordered:
        check_order(journal, tasks, tables, given.ordered, found)
    for finding in found.all:
        print(json.dumps(finding))
    sys.exit(any(finding["breaches"] for finding in found.all))


if __name__ == "__main__":
    main()
