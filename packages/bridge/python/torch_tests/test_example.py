"""The example with a small GPT: changed while it trains, and continued from its own checkpoint with identical results."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support import RunCase

EXAMPLE = Path(__file__).parents[4] / "examples" / "pytorch-gpt" / "train.py"


class Example(RunCase):
    def train(self, name: str, iterations: int) -> str:
        """Runs the example. Returns its last line."""
        path = os.path.join(self.dir, name)
        ran = subprocess.run([sys.executable, str(EXAMPLE), path, str(iterations)], stdout=subprocess.PIPE, text=True)
        self.assertEqual(ran.returncode, 0)
        return ran.stdout.strip().splitlines()[-1]

    def test_a_change_is_made_at_its_iteration_and_a_continued_training_has_the_same_weights(self) -> None:
        root = self.dir
        lasts = []
        for name, parts in (("whole", [24]), ("parts", [16, 24])):
            self.dir = os.path.join(root, name)
            os.mkdir(self.dir)
            cid = self.command("opt", "set_params", {"lr": 0.001}, at={"step": 10})
            late = self.command("loss", "set_params", {"smoothing": 0.1}, at={"step": 20})
            for iterations in parts:
                last = self.train("", iterations)
            lasts.append(last)
            self.assertEqual((self.answer(cid)["step"], self.answer(late)["step"]), (10, 20))
            rates = {line["step"]: line["metrics"]["lr"] for line in self.lines("hotcb.metrics.jsonl")}
            self.assertEqual(sorted(rates), list(range(24)))
            # The warm-up continues from the new rate.
            self.assertAlmostEqual(rates[10], 0.003 * 11 / 20, places=9)
            self.assertAlmostEqual(rates[11], 0.001 * 12 / 11, places=9)
        self.dir = root
        self.assertEqual(lasts[0], lasts[1])
        self.assertRegex(lasts[0], r"^iteration 24, loss \d\.\d{4}, weights [0-9a-f]{64}$")
