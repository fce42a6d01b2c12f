"""Two ranks started by torchrun, with gloo."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path
from typing import List

from support import RunCase

PROGRAM = Path(__file__).with_name("ranks.py")


class Torchrun(RunCase):
    def start(self, *words: str, options: List[str] = []) -> "subprocess.Popen[str]":
        run = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2", *options]
        env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
        return subprocess.Popen(
            [*run, str(PROGRAM), self.dir, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env
        )

    def weights(self, told: str) -> List[str]:
        found = [line for line in told.splitlines() if line.startswith("weights ")]
        self.assertEqual(len(found), 2, told)
        return found

    def test_weights_are_equal_after_40_changes_of_which_one_rank_refuses_17(self) -> None:
        chance = random.Random(1)
        heats = [13.0] * 17 + [chance.uniform(0.5, 1.5) for _ in range(23)]
        chance.shuffle(heats)
        process = self.start("100000")

        def person() -> None:
            while process.poll() is None and not self.lines("hotcb.metrics.jsonl"):
                time.sleep(0.05)
            for heat in heats:
                self.command("custom", "set_params", {"heat": heat})
                self.command("opt", "set_params", {"scheduler_scale": chance.uniform(0.5, 1.5)})
                time.sleep(chance.uniform(0, 0.03))
            while process.poll() is None and len(self.lines()) < 81:
                time.sleep(0.05)
            self.command("core", "stop")

        thread = threading.Thread(target=person)
        thread.start()
        told, _ = process.communicate(timeout=300)
        thread.join()
        self.assertEqual(process.returncode, 0, told)
        self.assertEqual(len(set(self.weights(told))), 1)
        answers = [line for line in self.lines() if line["module"] == "custom"]
        self.assertEqual([line["decision"] == "failed" for line in answers], [heat == 13.0 for heat in heats])
        self.assertEqual([line["ranks"] for line in answers if line["decision"] == "failed"], [[1]] * 17)

    def test_after_a_rank_is_killed_torchrun_starts_all_anew_and_the_run_goes_on(self) -> None:
        # Several restarts are allowed: a restarted rank may find the killed rank's address in torchrun's store and fail.
        process = self.start("60", "lost", options=["--max-restarts=5"])
        self.command("custom", "set_params", {"heat": 0.5}, at={"step": 10}, cid="a")
        self.command("loss", "set_params", {"mse": 0.5}, at={"step": 45}, cid="b")
        told, _ = process.communicate(timeout=300)
        self.assertEqual(process.returncode, 0, told)
        self.assertEqual(len(set(self.weights(told))), 1)
        self.assertEqual([self.answer(cid)["step"] for cid in "ab"], [10, 45])
        self.assertGreaterEqual(len([line for line in self.lines() if line["op"] == "attempt"]), 2)


class Example(RunCase):
    def test_the_example_of_runtimectl_takes_commands_on_both_ranks(self) -> None:
        root = Path(__file__).parents[4]
        run = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
        process = subprocess.Popen(
            [*run, str(root / "examples/ddp_train.py"), self.dir, "60"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        program = "from hotcb_bridge._programs import runtimectl; runtimectl()"
        for words in (["optimizer.lr.multiplier", "0.5"], ["optimizer.lr.multiplier", "-1"], ["model.dropout.p", "0.2"]):
            subprocess.run([sys.executable, "-c", program, "-q", self.dir, *words], check=True, capture_output=True)
        told, _ = process.communicate(timeout=300)
        self.assertEqual(process.returncode, 0, told)
        self.assertIn("lr 0.0005, dropout 0.2, same weights on 2 ranks", told)
        self.assertEqual([ack["status"] for ack in self.lines("acks.jsonl")], ["applied", "failed", "applied"])
        status = [sys.executable, "-c", program, "-q", self.dir, "status"]
        shown = subprocess.run(status, check=True, capture_output=True, text=True).stdout
        self.assertIn('"acks": 3', shown)


if __name__ == "__main__":
    unittest.main()
