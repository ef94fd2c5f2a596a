"""An idle node, and a node under a long steady load: the cost of idling, and whether memory grows."""
import subprocess
import time

import machine
from drains import declare_queues
from node import Node
from scene import Scene


def idle(bench):
    with Scene("idle", bench) as scene, Node(scene, "millrace") as node:
        node.wait_ready()
        time.sleep(bench.sizes["settle_seconds"])  # excludes the work of the start
        cpu, switches, began = machine.cpu_us(node.pid), machine.context_switches(node.pid), time.monotonic()
        time.sleep(bench.sizes["idle_seconds"])
        node.alive()
        seconds = time.monotonic() - began
        return {"cpu_percent": (machine.cpu_us(node.pid) - cpu) / seconds / 1e4,
                "context_switches_a_second": (machine.context_switches(node.pid) - switches) / seconds,
                "rss_mb": machine.rss_mb(node.pid)}


def soak(bench):
    """Feeds all queues at a rate that the node sustains; resident memory after 10%, after 50% and at the end."""
    seconds, rate, pause = bench.sizes["soak_seconds"], bench.sizes["soak_rate"], bench.sizes["soak_sample_seconds"]
    with Scene("soak", bench) as scene:
        declare_queues(scene)
        scene.open_accounts(1_000)
        with Node(scene) as node:
            node.wait_ready()
            samples, began = [], time.monotonic()
            feeder = subprocess.Popen(scene.feeder("all", seconds * rate, "--rate", rate), stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL)
            try:
                while feeder.poll() is None and node.alive():
                    samples.append((time.monotonic() - began, machine.rss_mb(node.pid)))
                    time.sleep(pause)
            finally:
                feeder.terminate()
                feeder.wait()
            if feeder.returncode != 0:
                raise RuntimeError(f"bench_feed exited with {feeder.returncode}")
            lasted = time.monotonic() - began
            node.wait_done(seconds * rate)
            at = lambda share: min(samples, key=lambda sample: abs(sample[0] - share * lasted))[1]
            return {"rss_mb_at_10_percent": at(0.1), "rss_mb_at_50_percent": at(0.5), "rss_mb_at_100_percent": at(1),
                    "fed_rate": seconds * rate / lasted, "samples": [[round(t, 1), round(mb, 1)] for t, mb in samples]}
