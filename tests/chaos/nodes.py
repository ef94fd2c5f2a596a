"""Nodes that are killed at crash points, killed with running tasks, and restarted under load."""
import concurrent.futures
import statistics
import time

from basics import say, wait_until

TASKS_BEFORE_A_RESTART = 50

def kill_at(lab, name, turns, hits):
    """Starts a node repeatedly; each time it stops when it reaches a crash point for the Nth time, and is killed there."""
    for point, nth in turns:
        node = lab.start_node(name, "--stop-at", f"{point}:{nth}", wait=False)
        reached = node.stops_itself(20)
        lab.stop_and_list(node)
        node.kill()
        hits[point] += reached


def crash_points(lab, _servers, size, rng):
    """Crashes nodes repeatedly at every crash point under load. Two nodes run concurrently with half of the points each."""
    listed = lab.run("serve", "--fault-injection", "--crash-at", "?", check=False).stderr
    points = listed.split("one of ")[1].strip().split(", ")
    lab.start_node("a")
    lab.open_accounts()
    lab.nodes["a"].stop()
    lab.add_schedules()
    producer = lab.produce(1_000_000, 300, rng.randrange(1 << 30))
    hits = dict.fromkeys(points, 0)
    # Alternating points, so that tasks finish in between: a message that is delivered 50 times and never finished would reach
    # the broker's delivery limit.
    turns = {name: [(point, rng.randint(1, 3)) for point in half * size["hits"]]
             for name, half in (("a", points[::2]), ("b", points[1::2]))}
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for done in [pool.submit(kill_at, lab, name, of_node, hits) for name, of_node in turns.items()]:
            done.result()
    producer.terminate()
    producer.wait()
    lab.start_node("a")
    findings, holds = lab.verify()
    missed = [point for point in points if hits[point] < size["hits"]]
    if missed:
        say(f"crash points with too few hits: {', '.join(missed)}")
    return {"holds": holds and not missed, "findings": findings,
            "figures": {"crash_points": len(points), "hits": sum(hits.values()), "hits_each": size["hits"],
                        "crash_points_short_of_hits": len(missed),
                        "breaches": sum(f["breaches"] for f in findings)}}


def orphans(lab, _servers, size, rng):
    """Kills a node with running tasks and measures the time until the other node starts them again."""
    lab.start_node("a")
    lab.start_node("b")
    lab.webhook_url += "/wait/400"
    producer = lab.produce(1_000_000, 400, rng.randrange(1 << 30))
    latencies = []
    for kill in range(size["orphan_kills"]):
        name, other = ("a", "b") if kill % 2 else ("b", "a")
        held = f"node like '{lab.name}-{name}/%' and state = 'running'"
        wait_until(lambda: int(lab.ask(f"select count(*) from millrace.task where {held}") or 0) > 3, "running tasks")
        interrupted = "{" + ",".join(lab.stop_and_list(lab.nodes[name])) + "}"
        # Not those of its isolated executor, which goes on.
        ids = lab.ask(f"select coalesce(array_agg(id), '{{}}') from millrace.task where id = any('{interrupted}') and {held}")
        died = time.time()
        lab.nodes[name].kill()
        wait_until(lambda: lab.ask(f"select count(*) from millrace.task where id = any('{ids}') and {held}") == "0",
                   "the orphans' next start")
        rows = lab.ask("select string_agg(extract(epoch from started_at)::text, ' ') from millrace.task"
                       f" where id = any('{ids}') and node like '{lab.name}-{other}/%' and started_at > to_timestamp({died})")
        latencies += [1000 * (float(at) - died) for at in (rows or "").split()]
        lab.start_node(name)
    producer.terminate()
    producer.wait()
    findings, holds = lab.verify()
    if len(latencies) < size["orphan_kills"]:
        raise RuntimeError(f"only {len(latencies)} orphans seen")
    latencies.sort()
    return {"holds": holds, "findings": findings,
            "figures": {"orphans": len(latencies), "orphan_recovery_p50_ms": round(statistics.median(latencies)),
                        "orphan_recovery_p99_ms": round(latencies[int(0.99 * (len(latencies) - 1))])}}


def restart_in_turn(lab, turns, producer):
    """Restarts the nodes alternately. Returns the exit codes and the number of redeliveries of finished tasks."""
    codes, absorbed = [], 0
    for turn in range(turns):
        node = lab.nodes["ab"[turn % 2]]
        ended = (f"select count(*) from millrace.task where node like '{lab.name}-{node.name}/%' and finished_at is not null")
        enough = int(lab.ask(ended)) + TASKS_BEFORE_A_RESTART
        wait_until(lambda: int(lab.ask(ended)) >= enough, f"tasks of node {node.name}")
        absorbed += node.metric("millrace_redeliveries_deduplicated_total")
        codes.append(node.stop())
        lab.start_node(node.name)
    producer.terminate()
    producer.wait()
    return codes, absorbed + sum(node.metric("millrace_redeliveries_deduplicated_total") for node in lab.nodes.values())


def restarts(lab, _servers, size, rng):
    """Rolling restarts under load: no task is lost, and no finished task is redelivered."""
    lab.start_node("a")
    lab.start_node("b")
    lab.open_accounts()
    # A repeated publish is a delivery of a finished task as well, so the figure is measured without repeats first.
    codes, absorbed = restart_in_turn(lab, size["restarts"], lab.produce(1_000_000, 300, rng.randrange(1 << 30), repeats=0))
    lab.verify()
    codes += restart_in_turn(lab, max(2, size["restarts"] // 3), lab.produce(1_000_000, 300, rng.randrange(1 << 30)))[0]
    findings, holds = lab.verify()
    return {"holds": holds and not any(codes) and absorbed == 0, "findings": findings,
            "figures": {"rolling_restarts": len(codes), "unclean_exits": sum(code != 0 for code in codes),
                        "finished_but_redelivered": int(absorbed),
                        "lost": sum(f["breaches"] for f in findings if f["invariant"] == "I1")}}
