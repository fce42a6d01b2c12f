"""A training run in the background, and its handle."""

from __future__ import annotations

import os
import threading
import time
import unittest
from typing import Any

from hotcb_bridge import BridgeError, HotKernel, launch
from support import RunCase, Toy


def train(run_dir: str, max_steps: int, step_delay: float, stop_event: threading.Event) -> str:
    toy = Toy()
    with HotKernel(run_dir, mutable_state=toy.state()) as kernel:
        step = 0
        while step < max_steps and not stop_event.is_set():
            kernel.apply({"step": step, "loss": 1 / (step + 1)})
            time.sleep(step_delay)
            step += 1
    return f"trained {step}"


def fail(*_: Any) -> None:
    raise ValueError("no data")


class Launch(RunCase):
    def test_the_handle_reads_changes_and_ends_a_training(self) -> None:
        run = launch(train, os.path.join(self.dir, "new"), max_steps=100_000, step_delay=0.002)
        self.assertEqual(run.set("custom", heat=0.5)["payload"], {"heat": 0.5})
        with self.assertRaisesRegex(BridgeError, "failed: .*not 13"):
            run.set("custom", heat=13)
        with self.assertRaisesRegex(TimeoutError, "is still running"):
            run.wait(0.01)
        self.assertIn("running", repr(run))
        run.stop()
        told = run.wait(60)
        step = run.step
        self.assertEqual(told, f"trained {0 if step is None else step + 1}")
        self.assertEqual(run.metrics("loss")[:2], [(0, 1.0), (1, 0.5)])
        self.assertEqual([line["op"] for line in run.ledger()], ["attempt", "set_params", "set_params"])
        with self.assertRaisesRegex(BridgeError, "the training has ended: `x` has no answer"):
            run.answer("x")
        with self.assertRaisesRegex(BridgeError, "already contains a run"):
            launch(train, run.run_dir)

    def test_a_function_may_be_named_and_what_it_raises_is_raised_by_wait(self) -> None:
        run = launch("test_launch:train", os.path.join(self.dir, "a"), max_steps=3)
        self.assertEqual(run.wait(60), "trained 3")
        with self.assertRaisesRegex(ValueError, "no data"):
            launch(fail, os.path.join(self.dir, "b")).wait(60)
        with self.assertRaisesRegex(BridgeError, "must be MODULE:FUNCTION, such as my_module:train, got 'nowhere:train'"):
            launch("nowhere:train", self.dir)


if __name__ == "__main__":
    unittest.main()
