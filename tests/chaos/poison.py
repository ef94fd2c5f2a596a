"""Measures whether poison messages reduce the throughput of healthy tasks."""
import statistics
import time

from basics import until
from lab import wait_until

OVERSIZED = "256KiB"  # a small limit, so that oversized messages do not fill the broker
LETTERS = "select count(*) from millrace.dead_letter"
HEALTHY = "select count(*) from millrace.task where tenant = 'acme' and finished_at is not null"


def capacity(lab, tasks, seed):
    """Healthy tasks per second that the node finishes with a full queue."""
    before, began = int(lab.ask(HEALTHY)), time.monotonic()
    if lab.produce(tasks, 1_000_000, seed, repeats=0, kinds="good").wait() != 0:
        raise RuntimeError("the producer failed")
    wait_until(lambda: int(lab.ask(HEALTHY)) >= before + tasks, "the calibration")
    return tasks / (time.monotonic() - began)


def window(lab, seconds, poison_rate, seed):
    """Publishes poison at the given rate for a period; returns its begin and end by the database's clock."""
    before = lab.ask(LETTERS)
    poisoner = lab.produce(1_000_000, poison_rate, seed, repeats=0, kinds="poison") if poison_rate else None
    if poisoner:  # the window excludes the start of the process
        wait_until(lambda: lab.ask(LETTERS) != before, "the first poison")
    began = lab.ask("select clock_timestamp()")
    until(time.monotonic() + seconds)
    ended = lab.ask("select clock_timestamp()")
    if poisoner:
        poisoner.terminate()
        poisoner.wait()
    return began, ended


def rate_in(lab, bounds):
    """Healthy tasks finished per second, by their `finished_at`. Counting during the period would be less exact."""
    began, ended = bounds
    return float(lab.ask(f"select count(*) / extract(epoch from timestamptz '{ended}' - '{began}') from millrace.task"
                         f" where tenant = 'acme' and finished_at > '{began}' and finished_at <= '{ended}'"))


def poison(lab, _servers, size, rng):
    """Healthy load at 70% of the node's capacity, alternately without and with 1% of poison of twelve kinds."""
    lab.environment["MILLRACE_AMQP_MAX_BODY_BYTES"] = OVERSIZED
    node = lab.start_node("a")
    lab.open_accounts()
    full = capacity(lab, size["poison_calibration"], rng.randrange(1 << 30))
    offered = round(0.7 * full)
    healthy = lab.produce(10_000_000, offered, rng.randrange(1 << 30), repeats=0, kinds="good")
    enough = int(lab.ask(HEALTHY)) + offered * size["poison_window"] / 2
    wait_until(lambda: int(lab.ask(HEALTHY)) >= enough, "the healthy load")
    bounds = {0: [], 0.01: []}
    for turn in range(size["poison_windows"]):
        for share in (0, 0.01) if turn % 2 == 0 else (0.01, 0):
            bounds[share].append(window(lab, size["poison_window"], share * offered, rng.randrange(1 << 30)))
    healthy.terminate()
    healthy.wait()
    findings, holds = lab.verify()
    without, with_poison = (statistics.median(rate_in(lab, each) for each in bounds[share]) for share in (0, 0.01))
    sent = sum(1 for line in lab.journal() if line["expect"] == "dead")
    letters, reasons = (int(lab.ask(f"select count({what}) from millrace.dead_letter")) for what in ("*", "distinct reason"))
    crashes = int(node.process.poll() is not None) + int(node.metric("millrace_actor_restarts_total"))
    return {"holds": holds and crashes == 0 and letters == sent, "findings": findings,
            "figures": {"tasks_per_second_flat_out": round(full), "tasks_per_second_offered": offered,
                        "healthy_per_second_without_poison": round(without, 1),
                        "healthy_per_second_with_poison": round(with_poison, 1),
                        "healthy_throughput_lost_percent": round(100 * (1 - with_poison / without), 2),
                        "poison_messages": sent, "poison_dead_letters": letters, "poison_reasons": reasons,
                        "poison_dead_letters_missing_or_extra": abs(letters - sent), "crashes": crashes}}
