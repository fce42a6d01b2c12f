"""A Lightning training run on two ranks."""

from __future__ import annotations

import json
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any, Dict, List

from support import RunCase


class Ranks(RunCase):
    def test_changes_are_made_on_both_ranks_or_on_none(self) -> None:
        placed = [
            self.command("opt", "set_params", {"lr": 0.001}, at={"step": 5}),
            self.command("loss", "set_params", {"l2": 0.01}, at={"step": 11}),
            self.command("opt", "set_params", {"clip_norm": 0.5}, at={"step": 17}),
        ]
        save = self.command("core", "checkpoint", {"action": "save", "tag": "mine"}, at={"step": 20})
        # Rank 1 refuses 17 of these 40 changes.
        values = [2 * i + 1 if i % 7 in (1, 3, 5) else 2 * i for i in range(40)]
        heats = [
            self.command("custom", "set_params", {"heat": value}, at={"step": 1 + i // 2}) for i, value in enumerate(values)
        ]
        told = self.train()
        self.assertEqual([one["rank"] for one in told], [0, 1])
        self.assertEqual(told[0]["weights"], told[1]["weights"])
        self.assertEqual((told[0]["seen"], told[0]["steps"]), (told[1]["seen"], 24))
        self.assertEqual([self.answer(cid)["step"] for cid in placed], [5, 11, 17])
        self.assertEqual([self.answer(cid)["step"] for cid in heats], [1 + i // 2 for i in range(40)])
        refused = [self.answer(cid) for cid in heats if self.answer(cid)["decision"] == "failed"]
        self.assertEqual([line["params"]["heat"] for line in refused], [value for value in values if value % 2])
        self.assertEqual((len(refused), {tuple(line["ranks"]) for line in refused}), (17, {(1,)}))
        self.assertEqual(self.answer(save)["decision"], "applied")
        self.assertEqual(sorted({line["step"] for line in self.lines("hotcb.metrics.jsonl")}), list(range(1, 25)))

        # It continues from that checkpoint, and ends with the same weights.
        again = self.train(str(Path(self.dir, "hotcb.checkpoints", "mine", "lightning.ckpt")))
        self.assertEqual([one["weights"] for one in again], [one["weights"] for one in told])

    def train(self, *path: str) -> List[Dict[str, Any]]:
        script = str(Path(__file__).parent / "ranks.py")
        ran = subprocess.run([sys.executable, "-W", "ignore", script, self.dir, *path], stdout=subprocess.PIPE, text=True)
        self.assertEqual(ran.returncode, 0)
        told = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith('{"rank"')]
        return sorted(told, key=lambda one: int(one["rank"]))


if __name__ == "__main__":
    unittest.main()
