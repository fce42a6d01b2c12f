"""A training run that is killed and restarted: killed_trainer.py RUN_DIR STEPS [HOW].

It saves its own checkpoint every 20 steps. HOW is where it kills itself: ``set:N`` and ``save:N`` in its Nth setter or
handler, ``both:N`` together with its sidecar; ``workers`` gives it children like a DataLoader's.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import time
from typing import Any, Dict

from hotcb_bridge import HotKernel, float_actuator, loss_actuators, mutable_state

EVERY = 20


def main(run_dir: str, steps: int, how: str) -> None:
    values, weights = {"heat": 1.0}, {"aux": 0.0}
    point, _, number = how.partition(":")
    left = {point: int(number or 0)}

    def pass_point(name: str) -> None:
        if name not in (point, "set" if point == "both" else point):
            return
        left[point] -= 1
        if left[point] == 0:
            if point == "both":
                os.kill(kernel._link.sidecar.pid, signal.SIGKILL)  # type: ignore[union-attr]
            os.kill(os.getpid(), signal.SIGKILL)

    def set_heat(value: float) -> None:
        pass_point("set")
        if value == 13:
            raise ValueError("not 13")
        values["heat"] = value

    def save(directory: str, step: int) -> None:
        pass_point("save")

    own = os.path.join(run_dir, "own.json")
    found: Dict[str, Any] = {"step": 0, "x": 1.0, "hotcb": None}
    if os.path.exists(own):
        with open(own) as file:
            found = json.load(file)
    heat = float_actuator("heat", get=lambda: values["heat"], set=set_heat)
    kernel = HotKernel(run_dir, mutable_state=mutable_state(heat, loss_actuators(weights)), save=save)
    step, x = found["step"], found["x"]
    kernel.continue_from(step, found["hotcb"], max_steps=steps)
    pids = [kernel._link.sidecar.pid if kernel._link.sidecar else 0]
    if how == "workers":
        workers = [multiprocessing.get_context("fork").Process(target=time.sleep, args=(600,)) for _ in range(4)]
        for worker in workers:
            worker.start()
        pids += [worker.pid or 0 for worker in workers]
    print(json.dumps(pids), flush=True)
    while step < steps:
        x = x * 0.99 + values["heat"] * 0.01 + weights["aux"] * 0.001 + step * 1e-6
        kernel.apply({"step": step, "max_steps": steps, "metrics": {"x": x}}, ["train_step_end"])
        step += 1
        if step % EVERY == 0:
            with open(own + ".new", "w") as file:
                json.dump({"step": step, "x": x, "hotcb": kernel.snapshot()}, file)
            os.replace(own + ".new", own)
        print(step, flush=True)
        time.sleep(0.001)
    kernel.close()
    for pid in pids[1:]:
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "")
