"""A loop under the callback controller of hotcb 0.1, which continues on request, like `loop.py`.

`python controller.py RUN`. Each answer contains the controller's status, and the lines that the callbacks and the
controller have logged since the last answer.
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
