"""A large report compared with psql's \\copy of the same query into a file."""
import time

import machine
from drains import declare_queues
from latency import commits, published
from node import Node
from scene import Database, Scene, checked

QUERY = "select id, name, amount, booked_at from bench_rows order by id"
TABLE = """create table bench_rows as select n as id, 'customer:' || n as name, n * 7919 % 100000 as amount,
  timestamptz '2026-01-01 00:00:00+00' + n * interval '1 second' as booked_at from generate_series(1, {rows}::bigint) n"""


def fill(database, rows):
    database.ask(TABLE.format(rows=rows), "alter table bench_rows add primary key (id)", "vacuum analyze bench_rows")
    database.settle()


def report(bench):
    """The time from publication to commit of a report task, and the growth of the node's memory meanwhile."""
    with Scene("report", bench) as scene:
        scene.folder.joinpath("bench_rows.sql").write_text(f"-- title: Rows of the benchmark\n{QUERY}\n")
        declare_queues(scene)
        fill(scene.database, bench.sizes["report_rows"])
        journal = scene.folder / "journal.csv"
        with Node(scene, "millrace", MONITORING_LOG_LEVEL="debug") as node:
            node.wait_ready()
            machine.forget_peak(node.pid)
            before = machine.rss_mb(node.pid)
            scene.feed("report", 1, "--journal", journal)
            node.wait_done(1)
            growth = machine.peak_rss_mb(node.pid) - before
        (task, sent, _), = published(journal)
        seconds = (commits(node.log)[task] - sent) / 1e6
        (file,) = scene.folder.joinpath("reports").rglob("*.csv")
        return {"rows_per_second": bench.sizes["report_rows"] / seconds, "seconds": seconds, "rss_growth_mb": growth,
                "file_mb": file.stat().st_size / 1e6}


def psql_copy(bench):
    folder, database = bench.new_folder("copy"), Database("bench_copy")
    file = folder / "rows.csv"
    try:
        fill(database, bench.sizes["report_rows"])
        began = time.monotonic()
        checked(["psql", "-qX", "-c", f"\\copy ({QUERY}) to '{file}' (format csv, header)", database.url])
        seconds = time.monotonic() - began
    finally:
        database.drop()
    return {"rows_per_second": bench.sizes["report_rows"] / seconds, "seconds": seconds,
            "file_mb": file.stat().st_size / 1e6}
