#!/usr/bin/python3
"""Tests recheck.py: an unharmed history passes, and each planted breach is condemned by name. Needs psql and a database."""
import json
import os
import subprocess
import sys
import tempfile
import unittest
import uuid
from pathlib import Path

RECHECK = Path(__file__).with_name("recheck.py")
SCHEMA = """
create schema millrace; create schema millrace_test;
create table millrace.task (id uuid, original_id text, tenant text, type text, state text, attempt int, result text);
create table millrace.dead_letter (task_id uuid);
create table millrace.transfer (tenant text, task_id uuid, debit text, credit text, amount bigint, currency text,
                                posted_at timestamptz default clock_timestamp(), number bigint generated always as identity);
create table millrace.account (tenant text, name text, balance bigint);
create table millrace_test.execution (number bigint generated always as identity, task_id uuid, tenant text);
"""


class RecheckTest(unittest.TestCase):
    def setUp(self):
        server = os.environ["MILLRACE_TEST_DATABASE_URL"]
        self.name = "recheck_" + uuid.uuid4().hex[:12]
        self.sql(server, f"create database {self.name}")
        self.addCleanup(self.sql, server, f"drop database {self.name} with (force)")
        self.database = server.rsplit("/", 1)[0] + "/" + self.name
        self.edits = [SCHEMA]
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.journal, self.accepted, self.may_repeat, self.results = [], [], [], []
        self.history()

    @staticmethod
    def sql(url, text):
        subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-c", text, url], check=True, stdin=subprocess.DEVNULL)

    def task(self, number, kind, payload=None, state="succeeded", result=None, expect="done"):
        """Adds a task to the journal and to the table. Its place on the channel is its number."""
        task_id = f"00000000-0000-7000-8000-{number:012}"
        self.journal.append({"id": task_id, "tenant": "acme", "type": kind, "expect": expect, "channel": "1/1",
                             "place": number, "sends": 1, "payload": json.dumps(payload)})
        text = "null" if result is None else "'" + json.dumps(result) + "'"
        self.edit(f"insert into millrace.task values ('{task_id}', null, 'acme', '{kind}', '{state}', 1, {text})")
        return task_id

    def transfer(self, number, debit, credit, amount, refusal=None):
        result = {"posted": False, "reason": refusal} if refusal else {"posted": True}
        task_id = self.task(number, "transaction.transfer",
                            {"debit": debit, "credit": credit, "amount": amount, "currency": "EUR"}, result=result)
        if not refusal:
            self.edit("insert into millrace.transfer (tenant, task_id, debit, credit, amount, currency)"
                      f" values ('acme', '{task_id}', '{debit}', '{credit}', {amount}, 'EUR')")

    def history(self):
        for number, name in enumerate(("bank", "a0", "a1"), 1):
            self.task(number, "ledger.open_account", {"account": name, "currency": "EUR", "allow_negative": name == "bank"},
                      result={"opened": True, "existed": False})
        self.edit("insert into millrace.account values ('acme', 'bank', -100), ('acme', 'a0', 40), ('acme', 'a1', 60)")
        self.transfer(4, "a0", "a1", 1, refusal="insufficient_funds")
        self.transfer(5, "bank", "a0", 100)
        self.transfer(6, "a0", "a1", 60)
        for number in (7, 8):
            record = self.task(number, "test.record", {"number": number})
            self.edit(f"insert into millrace_test.execution (task_id, tenant) values ('{record}', 'acme')")
        self.journal[-1].update({"follow_ups": 1, "reply_to": "results"})
        self.results.append({"id": record, "tenant": "acme", "state": "succeeded"})
        child = uuid.uuid5(uuid.UUID(record), "follow-up 0")
        self.edit(f"insert into millrace.task values ('{child}', null, 'acme', 'test.record', 'succeeded', 1, null)")
        self.edit(f"insert into millrace_test.execution (task_id, tenant) values ('{child}', 'acme')")
        self.accepted.append({"status": 204, "webhook-id": self.task(9, "notification.webhook", {})})
        broken = self.task(10, "notification.email", {}, state="dead", expect="dead")
        self.edit(f"insert into millrace.dead_letter values ('{broken}')")

    def edit(self, text):
        self.edits.append(text)

    def breaches(self):
        """The names of the findings with breaches, after the edits so far."""
        if self.edits:
            self.sql(self.database, ";".join(self.edits))
            self.edits.clear()
        command = [sys.executable, RECHECK, "--database", self.database]
        for option in ("journal", "accepted", "may_repeat", "results"):
            file = Path(self.folder.name, option)
            file.write_text("".join(json.dumps(line) + "\n" for line in getattr(self, option)) + '{"cut off', encoding="utf-8")
            command += ["--" + option.replace("_", "-"), file]
        for kind in ("test.record", "ledger.open_account", "transaction.transfer"):
            command += ["--ordered", kind]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        found = {finding["what"] for finding in map(json.loads, done.stdout.splitlines()) if finding["breaches"]}
        self.assertEqual(done.returncode, bool(found), done.stderr)
        return found

    def test_an_unharmed_history_passes(self):
        self.assertEqual(self.breaches(), set())

    def test_a_lost_task(self):
        self.edit("delete from millrace.task where type = 'notification.webhook'")
        self.assertEqual(self.breaches(), {"lost"})

    def test_a_task_that_ended_otherwise(self):
        self.edit("update millrace.task set state = 'cancelled' where type = 'notification.webhook'")
        self.assertEqual(self.breaches(), {"not ended, or not as expected"})

    def test_a_missing_dead_letter(self):
        self.edit("delete from millrace.dead_letter")
        self.assertEqual(self.breaches(), {"difference in dead letters"})

    def test_a_second_execution(self):
        self.edit("insert into millrace_test.execution (task_id, tenant) select task_id, tenant from millrace_test.execution")
        self.assertEqual(self.breaches(), {"executed more than once"})

    def test_a_missing_execution(self):
        self.edit("delete from millrace_test.execution where number = 1")
        self.assertEqual(self.breaches(), {"executed without success, or the reverse"})

    def test_a_repeated_effect_is_allowed_once_for_each_listed_kill(self):
        self.accepted *= 2
        self.assertEqual(self.breaches(), {"effects repeated without a cause"})
        self.may_repeat.append({"id": self.accepted[0]["webhook-id"]})
        self.assertEqual(self.breaches(), set())
        self.accepted.append(self.accepted[0])
        self.assertEqual(self.breaches(), {"effects repeated without a cause"})

    def test_an_effect_that_no_receiver_saw(self):
        self.accepted.clear()
        self.assertEqual(self.breaches(), {"effects that succeeded unseen"})

    def test_a_lost_result(self):
        self.results.clear()
        self.assertEqual(self.breaches(), {"results lost"})

    def test_a_result_with_another_state(self):
        self.results[0]["state"] = "dead"
        self.assertEqual(self.breaches(), {"results lost"})

    def test_a_lost_follow_up(self):
        self.edit("delete from millrace.task where id::text not like '00000000-%'")
        self.edit("delete from millrace_test.execution where number = 3")
        self.assertEqual(self.breaches(), {"follow-ups lost"})

    def test_another_amount(self):
        self.edit("update millrace.transfer set amount = 30, debit = 'bank' where amount = 60;"
                  "update millrace.account set balance = case name when 'bank' then -130 when 'a0' then 100 else 30 end")
        self.assertEqual(self.breaches(), {"transfers that differ from what their producer wrote"})

    def test_a_posted_transfer_turned_into_a_refusal(self):
        self.edit("delete from millrace.transfer where amount = 60;"
                  """update millrace.task set result = '{"posted":false,"reason":"insufficient_funds"}'"""
                  " where id::text like '%6'; update millrace.account set balance = 100 where name = 'a0';"
                  " update millrace.account set balance = 0 where name = 'a1'")
        self.assertEqual(self.breaches(), {"results that differ from those in the order of publishing"})

    def test_a_transfer_that_nobody_published(self):
        self.edit("insert into millrace.transfer (tenant, task_id, debit, credit, amount, currency)"
                  " values ('acme', gen_random_uuid(), 'bank', 'a0', 1, 'EUR');"
                  "update millrace.account set balance = balance + case name when 'bank' then -1 else 1 end where name <> 'a1'")
        self.assertEqual(self.breaches(), {"transfers that no producer published"})

    def test_a_wrong_balance(self):
        self.edit("update millrace.account set balance = balance + 1 where name = 'a0'")
        self.assertEqual(self.breaches(), {"balances that are not the sum of the transfers"})

    def test_recorded_tasks_out_of_order(self):
        self.journal[6]["place"], self.journal[7]["place"] = self.journal[7]["place"], self.journal[6]["place"]
        self.assertEqual(self.breaches(), {"recorded out of order"})

    def test_the_order_of_a_task_that_was_published_again_is_unknown(self):
        self.journal[6]["place"], self.journal[7]["place"] = self.journal[7]["place"], self.journal[6]["place"]
        self.journal[6]["sends"] = 2
        self.assertEqual(self.breaches(), set())

    def test_transfers_out_of_order(self):
        self.edit("update millrace.transfer set posted_at = posted_at + interval '1 s' where amount = 100")
        self.assertEqual(self.breaches(), {"transfers posted out of order"})

    def test_a_refusal_that_another_order_explains(self):
        self.journal[3]["place"] = 5.5  # after the account was funded, yet refused
        self.assertEqual(self.breaches(), {"results that differ from those in the order of publishing"})


if __name__ == "__main__":
    unittest.main()
