"""A loop under the callback controller of hotcb 0.1, which goes on when it is told, as `loop.py` does.

`python controller.py RUN`. Each answer has the controller's status, and what callbacks and controller logged since the last one.
"""

import json
import os
import sys

from hotcb.controller import HotController

run_dir = sys.argv[1]
heard = []
controller = HotController(os.path.join(run_dir, "hotcb.yaml"), os.path.join(run_dir, "hotcb.commands.jsonl"))
step = 1

for request in map(json.loads, sys.stdin):
    heard.clear()
    for _ in range(request.get("steps", 0)):
        controller.apply({"step": step, "epoch": 0, "loss": 1 / step, "log": heard.append}, ["train_step_end"])
        step += 1
    print(json.dumps({"step": step, "status": controller.status(), "heard": heard}), flush=True)
