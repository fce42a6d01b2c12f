"""Measures the Python client, and a lower bound for each result in the same run. Prints JSON. `pnpm bench bridge` runs it."""

from __future__ import annotations

import json
import os
import statistics
import struct
import subprocess
import tempfile
import threading
import time
from typing import Any, Callable, Dict, List

from hotcb_bridge import HotKernel, float_actuator
from hotcb_bridge._node import find_node

NODE = find_node()


def each(act: Callable[[int], Any], count: int, rounds: int = 15, pause: float = 0.0) -> float:
    """Returns the nanoseconds of one call in the fastest of several rounds, with a pause in seconds before each."""
    told: List[float] = []
    for _ in range(rounds):
        time.sleep(pause)
        started = time.perf_counter_ns()
        for i in range(count):
            act(i)
        told.append((time.perf_counter_ns() - started) / count)
    return min(told)


def opened(directory: str, values: Dict[str, float], **more: Any) -> HotKernel:
    def write(value: float) -> None:
        values["heat"] = value

    control = float_actuator("heat", get=lambda: values["heat"], set=write)
    return HotKernel(directory, mutable_state=[control], **more)


def idle(directory: str) -> Dict[str, float]:
    kernel = opened(directory, {"heat": 1.0})
    kernel.apply({"step": 0})
    kernel.apply({"step": 1})
    env: Dict[str, Any] = {"step": 2}
    flag, due = memoryview(bytearray(8)), 1 << 60

    def floor(env: Dict[str, Any], events: Any = ()) -> bool:
        return bool(flag[0]) or env["step"] >= due

    both = {"ns": each(lambda _: kernel.apply(env), 20_000), "floor_ns": each(lambda _: floor(env), 20_000)}
    kernel.close()
    return both


def ring(directory: str) -> Dict[str, float]:
    kernel = opened(directory, {"heat": 1.0})
    kernel.apply({"step": 0})
    metrics = {"loss": 0.5, "accuracy": 0.25, "norm": 1.5}
    packer, target = struct.Struct("<iiqdd3d"), bytearray(64)
    # The sidecar writes the records during the pauses. A training run does not record 100,000 times a second.
    ours = each(lambda i: kernel.apply({"step": i + 1, "metrics": metrics}), 500, pause=0.1)
    floor = each(lambda i: packer.pack_into(target, 0, 56, 0, i, 0.0, time.time(), *metrics.values()), 4_000)
    kernel.close()
    return {"ns": ours, "floor_ns": floor}


def latency(directory: str) -> Dict[str, float]:
    """Measures the time from the line in the command file to the changed value, with steps of 0.5 ms."""
    values, seen = {"heat": 0.0}, threading.Event()
    kernel = opened(directory, values)
    told: List[float] = []
    over = threading.Event()

    def person() -> None:
        for number in range(1, 101):
            time.sleep(0.02)
            line = {"module": "custom", "op": "set_params", "id": "main", "params": {"heat": float(number)}}
            seen.clear()
            started = time.perf_counter()
            with open(os.path.join(directory, "hotcb.commands.jsonl"), "a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
            seen.wait(10)
            told.append((time.perf_counter() - started) * 1000)
        over.set()

    thread = threading.Thread(target=person)
    thread.start()
    step, before, steps = 0, 0.0, []
    while not over.is_set():
        started = time.perf_counter()
        time.sleep(0.0005)
        steps.append((time.perf_counter() - started) * 1000)
        kernel.apply({"step": step})
        step += 1
        if values["heat"] != before:
            before = values["heat"]
            seen.set()
    thread.join()
    kernel.close()
    return {"median_ms": statistics.median(told), "p90_ms": sorted(told)[90], "step_ms": statistics.median(steps)}


def start(directory: str) -> Dict[str, float]:
    ours, floor = [], []
    for number in range(5):
        kernel = opened(os.path.join(directory, str(number)), {"heat": 1.0})
        started = time.perf_counter()
        kernel.start()
        ours.append((time.perf_counter() - started) * 1000)
        kernel.close()
        started = time.perf_counter()
        subprocess.run([NODE, "-e", "0"], check=True)
        floor.append((time.perf_counter() - started) * 1000)
    return {"ms": statistics.median(ours), "floor_ms": statistics.median(floor)}


def memory(directory: str) -> Dict[str, Any]:
    kernel = opened(directory, {"heat": 1.0})
    kernel.apply({"step": 0})
    time.sleep(1)
    sidecar = kernel._link.sidecar
    assert sidecar is not None
    ours = pss(sidecar.pid)
    kernel.close()
    plain = subprocess.Popen([NODE, "-e", "setInterval(() => {}, 1000); console.log(1)"], stdout=subprocess.PIPE)
    assert plain.stdout is not None
    plain.stdout.readline()
    floor = pss(plain.pid)
    plain.kill()
    plain.wait()
    return {"pss_mib": ours, "floor_mib": floor}


def pss(pid: int) -> float:
    """Returns a process's memory in MiB, with shared pages divided among their processes; NaN if it is unknown."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
            return next(int(line.split()[1]) / 1024 for line in file if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return float("nan")


def main() -> None:
    told = {}
    with tempfile.TemporaryDirectory(prefix="hotcb-bench-") as directory:
        for measure in (idle, ring, latency, start, memory):
            told[measure.__name__] = measure(os.path.join(directory, measure.__name__))
    print(json.dumps(told))


if __name__ == "__main__":
    main()
