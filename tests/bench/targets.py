"""The performance targets of Millrace, and whether a run reaches them."""
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Target:
    """A figure, or its ratio to another figure of the same round."""
    words: str
    figure: tuple  # measurement and figure
    holds: str  # "≥", "≤" or "<"
    limit: float
    over: tuple = None
    unit: str = ""


def relation(words, ours, holds, limit, theirs, figure="rate"):
    return Target(words, (ours, figure), holds, limit, (theirs, figure), "×")


TARGETS = [
    relation("inbox, of the C loop that inserts", "inbox", "≥", 1.0, "limit-insert"),
    relation("inbox, of the Go worker", "inbox", "≥", 5, "go"),
    relation("inbox, of Celery", "inbox", "≥", 25, "celery-insert"),
    relation("transfers over 1,000 accounts, of the C loop that posts them", "transfer", "≥", 1.2, "limit-ledger"),
    relation("transfers over 10 accounts, of those over 1,000", "hot", "≥", 0.8, "transfer"),
    Target("e-mails a second", ("email", "rate"), "≥", 3_000),
    relation("e-mails, of Celery", "email", "≥", 5, "celery-email"),
    Target("webhooks a second", ("webhook", "rate"), "≥", 5_000),
    relation("webhooks, of Celery", "webhook", "≥", 5, "celery-webhook"),
    relation("rows a second of a report, of psql's \\copy", "report", "≥", 0.8, "psql-copy", "rows_per_second"),
    Target("memory that a report adds", ("report", "rss_growth_mb"), "<", 20, unit=" MB"),
    # Without pgbench's schedule lag, which would make the ratio look better than it is.
    Target("confirm to commit at 1,000 tasks/s, p99, of that of pgbench's transactions",
           ("latency-1000", "confirm_to_commit_p99_ms"), "≤", 4, ("pgbench", "transaction_p99_ms"), "×"),
    relation("own processor time of an inbox task, of the C loop's", "inbox", "≤", 6, "limit-insert", "cpu_us"),
    Target("peak memory with all queues at work", ("all", "peak_rss_mb"), "≤", 60, unit=" MB"),
    relation("inbox with many messages waiting, of the plain inbox", "waiting", "≥", 0.9, "inbox"),
    relation("inbox with many rows in the table, of the plain inbox", "rows", "≥", 0.9, "inbox"),
    Target("processor time of an idle node", ("idle", "cpu_percent"), "<", 1, unit="% of a core"),
]

COMPARE = {"≥": lambda value, limit: value >= limit, "≤": lambda value, limit: value <= limit,
           "<": lambda value, limit: value < limit}


def medians(rounds):
    """{measurement: {figure: median over the rounds}} of all numeric figures."""
    names = dict.fromkeys(name for figures in rounds for name in figures)
    made = {}
    for name in names:
        taken = [figures[name] for figures in rounds if name in figures]
        made[name] = {key: median(one[key] for one in taken if key in one)
                      for key, value in taken[0].items() if isinstance(value, (int, float))}
    return made


def reached(target, rounds):
    """The median over the rounds. Ratios are computed within each round, so that changes of the machine's speed cancel out."""
    def value(figures, place):
        return figures.get(place[0], {}).get(place[1])

    values = []
    for figures in rounds:
        ours, theirs = value(figures, target.figure), value(figures, target.over) if target.over else 1
        if ours is not None and theirs:
            values.append(ours / theirs)
    return median(values) if values else None


def verdicts(rounds):
    """For each target: description, limit, reached value (None: not measured), and yes, NO or not measured."""
    made = []
    for target in TARGETS:
        value = reached(target, rounds)
        verdict = "not measured" if value is None else "yes" if COMPARE[target.holds](value, target.limit) else "NO"
        made.append({"target": target.words, "to_reach": f"{target.holds} {target.limit:,g}{target.unit}",
                     "reached": value, "unit": target.unit, "holds": verdict})
    return made
