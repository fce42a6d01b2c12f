"""A loop with controls of Python's runtimectl, which continues on request, like `loop.py`. `python controls.py QUEUE`."""

import json
import sys

from runtimectl import RuntimeController


def multiply(ctx, factor):
    ctx["lr"] *= factor


def positive(args, kwargs):
    (factor,) = args
    if float(factor) <= 0:
        raise ValueError("multiplier must be > 0")
    return [float(factor)], kwargs


def save(ctx, *names, label="none"):
    ctx["saved"].append([*names, label])


state = {"lr": 1.0, "saved": []}
controls = RuntimeController()
controls.register("opt.lr.mult", multiply, positive)
controls.register("save_ckpt", save)
controls.configure(sys.argv[1])

for request in map(json.loads, sys.stdin):
    acks = [ack for _ in range(request.get("steps", 0)) for ack in controls.poll_and_apply(ctx=state, every_s=0)]
    print(json.dumps({**state, "acks": acks}), flush=True)
