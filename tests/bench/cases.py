"""The cases of the benchmark, their order and their sizes."""
from dataclasses import dataclass, field

import drains
import export
import latency
import peers
import quiet

FULL = {
    "inbox": 200_000, "noop": 50_000, "transfer": 100_000, "email": 30_000, "webhook": 30_000, "all": 100_000,
    "wide_accounts": 1_000_000, "waiting": 1_000_000, "waiting_measured": 200_000, "rows": 10_000_000, "outbox": 200_000,
    "report_rows": 1_000_000, "latency_seconds": 20, "latency_warm_up": 2_000, "settle_seconds": 5, "idle_seconds": 20,
    "soak_seconds": 600, "soak_rate": 2_000, "soak_sample_seconds": 5, "limit": 200_000, "go": 100_000, "celery": 20_000,
}
QUICK = {
    "inbox": 20_000, "noop": 5_000, "transfer": 10_000, "email": 3_000, "webhook": 3_000, "all": 8_000,
    "wide_accounts": 20_000, "waiting": 50_000, "waiting_measured": 20_000, "rows": 200_000, "outbox": 20_000,
    "report_rows": 50_000, "latency_seconds": 4, "latency_warm_up": 500, "settle_seconds": 2, "idle_seconds": 5,
    "soak_seconds": 20, "soak_rate": 2_000, "soak_sample_seconds": 1, "limit": 20_000, "go": 10_000, "celery": 2_000,
}


@dataclass(frozen=True)
class Case:
    """`ours` and `peers`: measurements by name, taken alternately. The peers are measured only with --peers."""
    words: str
    ours: dict
    peers: dict = field(default_factory=dict)
    needs: tuple = ()  # cases that its targets compare with
    on_request: bool = False  # runs only when --only names it


CASES = {
    "inbox": Case("a row in the inbox and nothing else", {"inbox": drains.filled("inbox", "inbox")},
                  {"limit-insert": peers.limit_insert, "go": peers.go, "celery-insert": peers.celery("insert")}),
    "waiting": Case("the same with many more messages in the queue", {"waiting": drains.inbox_with_messages},
                    {"limit-waiting": peers.limit_waiting}, needs=("inbox",)),
    "rows": Case("the same with many rows in millrace.task", {"rows": drains.inbox_with_rows}, needs=("inbox",)),
    "noop": Case("effects that do nothing", {"noop": drains.filled("noop", "noop")}),
    "transfer": Case("transfers over 1,000 accounts",
                     {"transfer": drains.filled("transfer", "transfer", "millrace", accounts=1_000)},
                     {"limit-ledger": peers.limit_ledger}),
    "hot": Case("transfers over 10 accounts", {"hot": drains.filled("hot", "transfer", "millrace", accounts=10)},
                needs=("transfer",)),
    "wide": Case("transfers over very many accounts",
                 {"wide": drains.filled("wide", "transfer", "millrace", accounts="wide")}),
    "email": Case("e-mails to a local SMTP server", {"email": drains.filled("email", "email", "millrace")},
                  {"celery-email": peers.celery("email")}),
    "webhook": Case("webhooks to a local nginx", {"webhook": drains.filled("webhook", "webhook", "millrace")},
                    {"celery-webhook": peers.celery("webhook")}),
    "all": Case("all task queues concurrently", {"all": drains.filled("all", "all", accounts=1_000)}),
    "report": Case("one large report, and psql's \\copy", {"report": export.report, "psql-copy": export.psql_copy}),
    "outbox": Case("the outbox's relay", {"outbox": drains.outbox}),
    "latency": Case("time from due, and from the broker's confirm, to the commit",
                    {"latency-100": latency.at_rate(100), "latency-1000": latency.at_rate(1_000),
                     "pgbench": latency.pgbench, "latency-10000": latency.at_rate(10_000)}),
    "idle": Case("a node without work", {"idle": quiet.idle}),
    "soak": Case("a steady load for long", {"soak": quiet.soak}, on_request=True),
}


def chosen(only):
    """The cases to run, in order, including those that the targets of the chosen cases compare with."""
    names = set(only) or {name for name, case in CASES.items() if not case.on_request}
    names |= {needed for name in names for needed in CASES[name].needs}
    return [name for name in CASES if name in names]


def measurements(names, with_peers, turn):
    """Names and functions of one round. Every second round begins with the peers, so that neither side always runs on the
    warmer machine."""
    for name in names:
        case = CASES[name]
        both = [*case.ours.items(), *(case.peers.items() if with_peers else ())]
        yield from both if turn % 2 == 0 else reversed(both)
