"""Measures runtimectl's own controller, for `pnpm bench --peers`. `python runtimectl_bench.py DIR` prints one JSON object."""

import json
import os
import statistics
import sys
import time

from runtimectl import RuntimeController

COUNT = 100_000


class Trainer:
    def __init__(self):
        self.lr = 1.0
        self.calls = 0


def multiply(trainer, factor):
    trainer.lr *= factor
    trainer.calls += 1


def open_controller(queue_dir):
    controller = RuntimeController(queue_dir)
    controller.register("optimizer.lr.multiplier", multiply)
    return controller


def median_ns(controller, every, calls):
    trainer = Trainer()
    rounds = []
    for _ in range(50):
        before = time.perf_counter_ns()
        for _ in range(calls):
            controller.poll_and_apply(trainer, every_s=every)
        rounds.append((time.perf_counter_ns() - before) / calls)
    return statistics.median(rounds)


root = sys.argv[1]
idle = open_controller(os.path.join(root, "idle"))
busy_dir = os.path.join(root, "busy")
busy = open_controller(busy_dir)
with open(os.path.join(busy_dir, "commands.jsonl"), "w", encoding="utf-8") as stream:
    for i in range(COUNT):
        line = {"id": f"c{i}", "ts": 1.0, "op": "set", "path": "optimizer.lr.multiplier", "args": [1.1], "kwargs": {}}
        stream.write(json.dumps(line) + "\n")
trainer = Trainer()
before = time.process_time()
busy.poll_and_apply(trainer, every_s=0)
backlog_cpu_ms = (time.process_time() - before) * 1000
if trainer.calls != COUNT:
    raise SystemExit(f"{trainer.calls} of {COUNT} commands were applied")
print(
    json.dumps(
        {
            "idle_ns": median_ns(idle, 2.0, 10_000),
            "looking_ns": median_ns(idle, 0, 500),
            "backlog_cpu_ms": backlog_cpu_ms,
        }
    )
)
