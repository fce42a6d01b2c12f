"""The training is killed: the sidecar writes its pending data, makes no more decisions, and exits."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from support import RunCase, Toy

TRAINING = """
import sys
from support import Toy
from hotcb_bridge import HotKernel
toy = Toy()
kernel = HotKernel(sys.argv[1], mutable_state=toy.state())
kernel.continue_from(0)
print(kernel._link.sidecar.pid, flush=True)
for step in range(1_000_000):
    kernel.apply({"step": step, "loss": float(step)})
    print(step, flush=True)
"""


class Killed(RunCase):
    def test_every_step_that_was_measured_is_in_the_file_and_the_run_goes_on(self) -> None:
        paths = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "src")]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
        child = subprocess.Popen([sys.executable, "-c", TRAINING, self.dir], stdout=subprocess.PIPE, text=True, env=env)
        assert child.stdout is not None
        sidecar = int(child.stdout.readline())
        for line in child.stdout:
            if int(line) == 1200:
                break
        child.send_signal(signal.SIGKILL)
        printed = [int(line) for line in child.stdout.read().split("\n")[:-1]]
        child.wait()
        child.stdout.close()
        until = time.monotonic() + 60
        while Path(f"/proc/{sidecar}").exists() and time.monotonic() < until:
            time.sleep(0.02)
        last = printed[-1] if printed else 1200
        steps = [line["step"] for line in self.lines("hotcb.metrics.jsonl")]
        self.assertEqual(steps[: last + 1], list(range(last + 1)))
        self.assertLessEqual(len(steps), last + 2)
        state = json.loads(Path(self.dir, "hotcb.state.json").read_text())
        self.assertEqual((state["closed"], state["kernel"]["pid"]), (False, child.pid))
        toy = Toy()
        kernel = self.open(toy)
        cid = self.command("custom", "set_params", {"heat": 0.5})
        kernel.continue_from(500)
        kernel.apply({"step": 500, "loss": 1.0})
        self.assertEqual((toy.values["heat"], self.answer(cid)["attempt"]), (0.5, 2))
