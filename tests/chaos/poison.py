"""Whether messages that nobody can execute cost the others anything."""
import statistics
import time

from lab import wait_until

OVERSIZED = "256KiB"  # so that a message can be too large without a broker full of them
SETTLE_SECONDS = 0.5
HEALTHY = "select count(*) from millrace.task where tenant = 'acme' and finished_at is not null"


def capacity(lab, tasks, seed):
    """Healthy tasks a second that the node finishes when it is given all it takes."""
    before, began = int(lab.ask(HEALTHY)), time.monotonic()
    if lab.produce(tasks, 1_000_000, seed, repeats=0, kinds="good").wait() != 0:
        raise RuntimeError("the producer failed")
    wait_until(lambda: int(lab.ask(HEALTHY)) >= before + tasks, "the calibration")
    return tasks / (time.monotonic() - began)


def window(lab, seconds, poison_rate, seed):
    """Healthy tasks finished a second, and what the other producer does meanwhile."""
    poisoner = lab.produce(1_000_000, poison_rate, seed, repeats=0, kinds="poison") if poison_rate else None
    time.sleep(SETTLE_SECONDS)  # the start of a process is not what is measured
    began = lab.ask("select clock_timestamp()")
    time.sleep(seconds)
    ended = lab.ask("select clock_timestamp()")
    if poisoner:
        poisoner.terminate()
        poisoner.wait()
    return began, ended


def rate_in(lab, bounds):
    """From the tasks' own times of their end: counting while it goes on would be less exact than what is measured."""
    began, ended = bounds
    return float(lab.ask(f"select count(*) / extract(epoch from timestamptz '{ended}' - '{began}') from millrace.task"
                         f" where tenant = 'acme' and finished_at > '{began}' and finished_at <= '{ended}'"))


def poison(lab, _servers, size, rng):
    """Healthy load at 70% of what the node can, in turns without and with 1% of poison of twelve kinds beside it."""
    lab.environment["MILLRACE_AMQP_MAX_BODY_BYTES"] = OVERSIZED
    node = lab.start_node("a")
    lab.open_accounts()
    full = capacity(lab, size["poison_calibration"], rng.randrange(1 << 30))
    offered = round(0.7 * full)
    healthy = lab.produce(10_000_000, offered, rng.randrange(1 << 30), repeats=0, kinds="good")
    time.sleep(size["poison_window"] / 2)
    bounds = {0: [], 0.01: []}
    for turn in range(size["poison_windows"]):
        for share in (0, 0.01) if turn % 2 == 0 else (0.01, 0):
            bounds[share].append(window(lab, size["poison_window"], share * offered, rng.randrange(1 << 30)))
    healthy.terminate()
    healthy.wait()
    findings, holds = lab.verify(repeats_allowed=0)
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
