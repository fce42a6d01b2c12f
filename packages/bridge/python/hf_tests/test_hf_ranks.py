"""A training of Hugging Face's Trainer on two ranks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

from support import RunCase


class Ranks(RunCase):
    def test_changes_are_made_on_both_ranks_at_their_steps(self) -> None:
        placed = [
            self.command("opt", "set_params", {"lr": 0.001}, at={"step": 3}),
            self.command("opt", "set_params", {"weight_decay": 0.25}, at={"step": 5}),
            self.command("opt", "set_params", {"clip_norm": 0.5}, at={"step": 7}),
        ]
        out = os.path.join(self.dir, "out")
        words = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
        script = str(Path(__file__).parent / "ranks.py")
        ran = subprocess.run([sys.executable, *words, script, self.dir, out], stdout=subprocess.PIPE, text=True)
        self.assertEqual(ran.returncode, 0)
        told = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith('{"rank"')]
        self.assertEqual(sorted(one.pop("rank") for one in told), [0, 1])
        self.assertEqual(told[0], told[1])
        self.assertEqual((told[0]["clip"], told[0]["decay"], told[0]["steps"]), (0.5, 0.25, 10))
        self.assertEqual([self.answer(cid)["step"] for cid in placed], [3, 5, 7])
        self.assertTrue(Path(out, "checkpoint-6", "hotcb.snapshot.json").exists())
        self.assertEqual(sorted({line["step"] for line in self.lines("hotcb.metrics.jsonl")}), list(range(1, 11)))


if __name__ == "__main__":
    unittest.main()
