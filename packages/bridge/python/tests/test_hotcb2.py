"""Programs written for hotcb 2 run with only their import changed: the calls are those in hotcb 2's guides."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import unittest
from pathlib import Path
from typing import Any

from hotcb_bridge import HotKernel, MetricsCollector
from support import RunCase

SOURCE = Path(__file__).parents[1] / "src"

# Its bare loop: epochs, a step that it counts itself, a mapping of weights in `env`, and no `close`.
BARE = """
    from hotcb_bridge import HotKernel

    def main():
        weights = {"weights": {"mse": 1.0}, "terms": {}, "ramps": {}}
        kernel = HotKernel(run_dir="runs/exp", debounce_steps=1)
        batches = [0.5, 0.25, 0.125]
        for epoch in range(2):
            for number, loss in enumerate(batches):
                env = {
                    "step": epoch * len(batches) + number,
                    "epoch": epoch,
                    "phase": "train",
                    "loss": loss * weights["weights"].get("mse", 1.0),
                    "mutable_state": weights,
                    "log": print,
                }
                kernel.apply(env, events=["train_step_end"])

    if __name__ == "__main__":
        main()
"""

# Its training function, with a collector for a path and a stand-in for an optimizer.
FUNCTION = """
    import os, threading, time
    from hotcb_bridge import HotKernel, MetricsCollector, loss_actuators, mutable_state, optimizer_actuators

    class Proxy:
        def __init__(self, **kwargs):
            self.param_groups = [kwargs]

    def train(run_dir, max_steps, step_delay, stop_event):
        mc = MetricsCollector(os.path.join(run_dir, "hotcb.metrics.jsonl"))
        optimizer, weights = Proxy(lr=1e-3, weight_decay=1e-4), {"main": 1.0}
        ms = mutable_state(optimizer_actuators(optimizer) + loss_actuators(weights))
        kernel = HotKernel(run_dir=run_dir, debounce_steps=1, metrics_collector=mc, mutable_state=ms)
        env = {}
        for step in range(1, max_steps + 1):
            if stop_event.is_set():
                break
            lr = optimizer.param_groups[0]["lr"]
            env = {
                "framework": "torch", "phase": "train", "step": step, "optimizer": optimizer,
                "metrics": {"train_loss": round(weights["main"] / step, 6), "lr": lr},
                "log": print,
            }
            kernel.apply(env, events=["train_step_end"])
            time.sleep(step_delay)
        kernel.close(env)

    if __name__ == "__main__":
        train("runs/exp", 6, 0.0, threading.Event())
"""

# Its example of a callback, which logs the loss and has a method `set_params`.
CALLBACK = """
    class Monitor:
        def __init__(self, id: str, every: int = 50, threshold: float = 10.0):
            self.id = id
            self.every = every
            self.threshold = threshold

        def set_params(self, **kwargs):
            if "every" in kwargs:
                self.every = int(kwargs["every"])
            if "threshold" in kwargs:
                self.threshold = float(kwargs["threshold"])

        def handle(self, event, env):
            if event != "train_step_end" or env.get("step", 0) % self.every != 0:
                return
            log = env.get("log", print)
            log(f"[{self.id}] loss={env['loss']} threshold={self.threshold} step={env['step']}")
"""


class Programs(RunCase):
    def setUp(self) -> None:
        super().setUp()
        self.home, self.dir = self.dir, os.path.join(self.dir, "runs", "exp")
        os.makedirs(self.dir)

    def run_program(self, program: str) -> str:
        path = Path(self.home, "program.py")
        path.write_text(textwrap.dedent(program))
        env = {**os.environ, "PYTHONPATH": str(SOURCE)}
        ran = subprocess.run([sys.executable, str(path)], cwd=self.home, env=env, capture_output=True, text=True)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        return ran.stdout

    def metric(self, name: str) -> Any:
        return [line["metrics"][name] for line in self.lines("hotcb.metrics.jsonl")]

    def test_a_bare_loop_records_its_loss_and_is_closed_at_its_end(self) -> None:
        self.run_program(BARE)
        self.assertEqual(self.metric("loss"), [0.5, 0.25, 0.125] * 2)
        self.assertEqual([line["epoch"] for line in self.lines("hotcb.metrics.jsonl")], [0, 0, 0, 1, 1, 1])
        state = self.lines("hotcb.state.json")[0]
        self.assertEqual((state["closed"], state["step"]), (True, 5))

    def test_a_callback_is_loaded_changed_and_switched_while_it_runs(self) -> None:
        Path(self.home, "monitor.py").write_text(textwrap.dedent(CALLBACK))
        target = {"kind": "python_file", "path": "monitor.py", "symbol": "Monitor"}
        init = {"every": 1, "threshold": 5.5}
        cids = [
            self.command("cb", "load", id="monitor", target=target, init=init, enabled=True),
            self.command("cb", "set_params", {"threshold": 1}, id="monitor", at={"step": 1}),
            self.command("cb", "disable", id="monitor", at={"step": 2}),
            self.command("cb", "enable", id="monitor", at={"step": 5}),
        ]
        said = self.run_program(BARE)
        self.assertEqual([self.answer(cid)["decision"] for cid in cids], ["applied"] * 4)
        expected = [(0, 0.5, 5.5), (1, 0.25, 1.0), (5, 0.125, 1.0)]
        self.assertEqual(
            said.splitlines(), [f"[monitor] loss={loss} threshold={at} step={step}" for step, loss, at in expected]
        )

    def test_a_training_function_takes_changes_of_rate_and_weight(self) -> None:
        cids = [
            self.command("opt", "set_params", {"lr": 0.0005}, at={"step": 2}),
            self.command("loss", "set_params", {"main_w": 0.5}, at={"step": 3}),
        ]
        self.run_program(FUNCTION)
        self.assertEqual([self.answer(cid)["decision"] for cid in cids], ["applied"] * 2)
        self.assertEqual(self.metric("lr"), [0.001] * 2 + [0.0005] * 4)
        self.assertEqual(self.metric("train_loss"), [1, 0.5, 0.333333, 0.125, 0.1, 0.083333])

    def test_a_collector_of_another_file_is_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "metrics are written to `.*exp/hotcb.metrics.jsonl`: leave out `path`"):
            HotKernel(self.dir, metrics_collector=MetricsCollector("elsewhere/hotcb.metrics.jsonl"))


if __name__ == "__main__":
    unittest.main()
