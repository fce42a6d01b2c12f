"""Measures hotcb 2's own kernel and command line, for `pnpm bench --peers`. `python hotcb_bench.py DIR` prints one JSON object."""

import json
import os
import statistics
import subprocess
import sys
import time

from hotcb.actuators import mutable_state, optimizer_actuators
from hotcb.kernel import HotKernel

COUNT = 100_000
EVENTS = ["train_step_end"]


class Optimizer:
    def __init__(self):
        self.param_groups = [{"lr": 0.1, "weight_decay": 0.001, "momentum": 0.9}]


def open_kernel(run_dir):
    os.makedirs(run_dir, exist_ok=True)
    for name in ("hotcb.commands.jsonl", "hotcb.recipe.jsonl"):
        open(os.path.join(run_dir, name), "a").close()
    with open(os.path.join(run_dir, "hotcb.yaml"), "w", encoding="utf-8") as yaml:
        yaml.write("version: 1\n")
    with open(os.path.join(run_dir, "hotcb.freeze.json"), "w", encoding="utf-8") as freeze:
        freeze.write('{"mode": "off"}')
    return HotKernel(run_dir, mutable_state=mutable_state(optimizer_actuators(Optimizer())))


def median_ns(kernel, first, calls=20_000):
    times = []
    for step in range(first, first + calls):
        before = time.perf_counter_ns()
        kernel.apply({"step": step}, EVENTS)
        times.append(time.perf_counter_ns() - before)
    return statistics.median(times)


def write_commands(run_dir):
    with open(os.path.join(run_dir, "hotcb.commands.jsonl"), "w", encoding="utf-8") as stream:
        for i in range(COUNT):
            params = {"lr": 1e-4 + (i % 1000) * 1e-6}
            stream.write(json.dumps({"module": "opt", "op": "set_params", "id": "main", "params": params}) + "\n")


def ledger_lines(run_dir):
    path = os.path.join(run_dir, "hotcb.applied.jsonl")
    if not os.path.exists(path):
        return 0
    with open(path, "rb") as ledger:
        return sum(1 for _ in ledger)


def process_ms(run_dir, *words, rounds=9):
    times = []
    for _ in range(rounds):
        before = time.perf_counter()
        command = [sys.executable, "-m", "hotcb.cli", "--dir", run_dir, *words]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append((time.perf_counter() - before) * 1000)
    return statistics.median(times)


root = sys.argv[1]
idle_dir, busy_dir = os.path.join(root, "idle"), os.path.join(root, "busy")
idle_ns = median_ns(open_kernel(idle_dir), 1)
kernel = open_kernel(busy_dir)
write_commands(busy_dir)
backlog_cpu_ms = 0
step = 0
# The kernel reads only some of the commands at a time.
while ledger_lines(busy_dir) < COUNT:
    step += 1
    if step > 1000:
        raise SystemExit(f"{ledger_lines(busy_dir)} of {COUNT} commands are in its ledger")
    before = time.process_time()
    kernel.apply({"step": step}, EVENTS)
    backlog_cpu_ms += (time.process_time() - before) * 1000
idle_after_ns = median_ns(kernel, step + 1)
print(
    json.dumps(
        {
            "idle_ns": idle_ns,
            "backlog_cpu_ms": backlog_cpu_ms,
            "idle_after_ns": idle_after_ns,
            "set_ms": process_ms(idle_dir, "opt", "set_params", "lr=0.01"),
            "status_ms": process_ms(busy_dir, "status"),
        }
    )
)
