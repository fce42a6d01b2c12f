"""Stories of a training run that is killed: alone, with its sidecar, idle, within a safe point, with surviving children.

Each run is restarted until it reaches its end. Then every command has one answer, and a strict replay of its
ledger, without interruptions, has bit-identical metrics. ``HOTCB_STORIES=200`` sets the number of stories.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path
from typing import List, Tuple

from hotcb_bridge._node import find_node
from support import RunCase

HERE = Path(__file__).parent
PROGRAM = HERE.parent / "src" / "hotcb_bridge" / "_hotcb.cjs"
STEPS = 120
#: The steps of a last start without commands and kills, which answers commands that came too late for the other starts.
MORE = 20
KINDS = ("idle", "set", "save", "both idle", "both", "workers")
STORIES = int(os.environ.get("HOTCB_STORIES", len(KINDS)))


class Stories(RunCase):
    def hotcb(self, *words: str) -> str:
        done = subprocess.run([find_node(), str(PROGRAM), *words], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def start(self, directory: str, steps: int, how: str = "") -> Tuple["subprocess.Popen[str]", List[int]]:
        env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parent / "src")])}
        words = [sys.executable, str(HERE / "killed_trainer.py"), directory, str(steps), how]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env)
        self.addCleanup(process.kill)
        assert process.stdout is not None
        self.addCleanup(process.stdout.close)
        line = process.stdout.readline()
        return process, json.loads(line) if line else []

    def live(self, chance: random.Random, kind: str) -> Tuple[bool, List[int]]:
        """Runs one start, in which the trainer is killed unless it ends before.

        Returns:
            Whether it has reached its end, and the children that were left.
        """
        how = f"{kind}:{chance.randint(1, 3)}" if kind in ("set", "save", "both") else kind if kind == "workers" else ""
        process, pids = self.start(self.dir, STEPS, how)
        assert process.stdout is not None
        victims = [*pids[:1], process.pid] if kind == "both idle" else [process.pid]
        at = chance.randint(5, 60) if kind != "peace" else -1
        for line in process.stdout:
            if chance.random() < 0.1:
                self.say(chance)
            if int(line) == STEPS:
                break
            at -= 1
            if at == 0 and ":" not in how:
                time.sleep(chance.random() / 100)  # A moment within the next steps.
                for victim in victims:
                    _kill(victim)
                break  # Its children keep its output open.
        process.wait()
        return process.returncode == 0, pids[1:]

    def say(self, chance: random.Random) -> None:
        ramp = {"type": "linear", "steps": 9, "start": 0, "end": chance.random()}
        module, op, params = chance.choice(
            [
                ("custom", "set_params", {"heat": chance.random()}),
                ("custom", "set_params", {"heat": {"mul": 1.25}}),
                ("custom", "set_params", {"heat": 13}),
                ("loss", "set_params", {"ramps.aux": ramp}),
                ("loss", "set_params", {"aux": chance.random()}),
                ("core", "checkpoint", {"action": "save", "tag": "kept"}),
            ]
        )
        self.cids.append(self.command(module, op, params))

    def test_whatever_is_killed_nothing_is_lost_or_done_twice_and_a_replay_is_equal(self) -> None:
        root = self.dir
        for number in range(STORIES):
            with self.subTest(number=number):
                self.dir = os.path.join(root, str(number))
                os.mkdir(self.dir)
                self.tell_story(random.Random(number), KINDS[number % len(KINDS)])
        self.dir = root

    def tell_story(self, chance: random.Random, kind: str) -> None:
        self.cids: List[str] = []
        for _ in range(3):
            self.say(chance)
        left: List[int] = []
        is_over = False
        lives = 0
        while not is_over:
            lives += 1
            # After several kills, it is allowed to survive.
            is_over, children = self.live(chance, kind if lives <= 2 else "peace")
            left += children
        for pid in left:
            _kill(pid)
        self.finish(self.dir)
        answered = [line["cid"] for line in self.lines() if line["cid"] in self.cids and line["source"] != "history"]
        self.assertEqual(sorted(answered), sorted(self.cids), kind)
        seqs = [line["seq"] for line in self.lines()]
        self.assertEqual(seqs, list(range(1, len(seqs) + 1)), kind)
        steps = {line["step"] for line in self.lines("hotcb.metrics.jsonl")}
        self.assertEqual(steps, set(range(STEPS + MORE)), kind)
        self.replay()

    def finish(self, directory: str) -> None:
        """Runs one start without commands and kills."""
        process, _ = self.start(directory, STEPS + MORE)
        assert process.stdout is not None
        process.stdout.read()
        self.assertEqual(process.wait(), 0)

    def replay(self) -> None:
        again = os.path.join(self.dir, "again")
        recipe = os.path.join(self.dir, "hotcb.recipe.jsonl")
        self.hotcb("--dir", self.dir, "recipe", "export")
        os.mkdir(again)
        freeze = {"mode": "replay", "recipe_path": recipe, "policy": "strict"}
        Path(again, "hotcb.freeze.json").write_text(json.dumps(freeze))
        self.finish(again)
        self.hotcb("replay", "--verify", self.dir, again)


def _kill(pid: int) -> None:
    if pid > 1:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


if __name__ == "__main__":
    unittest.main()
