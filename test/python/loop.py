"""A training run under hotcb's Python kernel that continues on request: one JSON request per line on standard input.

`python loop.py RUN [FIRST_STEP [RATE_OF_THE_SECOND_GROUP]]`. `{"steps": 3}` trains three steps, `{"close": true}` closes
the kernel. Each is answered by one line: the next step, the current settings, and the error that the kernel raised.
"""

import json
import math
import os
import sys

from hotcb.actuators import loss_actuators, mutable_state, optimizer_actuators
from hotcb.kernel import HotKernel


class Optimizer:
    """An optimizer as torch has them, without torch."""

    def __init__(self, rate):
        first = {"lr": 0.1, "weight_decay": 0.001, "betas": (0.9, 0.999)}
        self.param_groups = [first, {"lr": rate, "weight_decay": 0.001}]


run_dir = sys.argv[1]
step = int(sys.argv[2]) if len(sys.argv) > 2 else 1
os.makedirs(run_dir, exist_ok=True)
optimizer = Optimizer(float(sys.argv[3]) if len(sys.argv) > 3 else 0.1)
weights = {"ce": 1.0, "aux": 0.5}
kernel = HotKernel(run_dir, mutable_state=mutable_state(optimizer_actuators(optimizer) + loss_actuators(weights)))
weight = 4.0

for request in map(json.loads, sys.stdin):
    error = None
    heard = []
    try:
        for _ in range(request.get("steps", 0)):
            lr = optimizer.param_groups[0]["lr"]
            weight -= lr * weights["ce"] * 2 * weight
            # Before the first number there is none.
            loss = weight * weight if step > 1 else math.nan
            with open(os.path.join(run_dir, "hotcb.metrics.jsonl"), "a", encoding="utf-8") as metrics:
                record = {"step": step, "epoch": 0, "wall_time": float(step), "metrics": {"loss": loss, "lr": lr}}
                metrics.write(json.dumps(record) + "\n")
            kernel.apply({"step": step, "epoch": 0, "phase": "train", "log": heard.append}, ["train_step_end"])
            step += 1
        if request.get("close"):
            kernel.close({"step": step})
    except Exception as failure:
        error = f"{type(failure).__name__}: {failure}"
    group = optimizer.param_groups[0]
    said = {key: group[key] for key in ("lr", "weight_decay", "betas")}
    said.update({"step": step, "weights": weights, "rates": [each["lr"] for each in optimizer.param_groups]})
    print(json.dumps({**said, "weight": weight, "heard": heard, "error": error}), flush=True)
