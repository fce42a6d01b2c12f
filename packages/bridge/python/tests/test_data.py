"""The data that a training run uses: mixtures, windows that are skipped, and their counts."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import unittest
from pathlib import Path
from typing import Any, Dict, List, Optional

import hotcb_bridge
from hotcb_bridge import DataMix, HotKernel, data_mix_actuators
from hotcb_bridge._node import find_node
from support import RunCase

STEPS = 60


class Training:
    """A training run whose weights are a hash of all data that it has used, in order."""

    def __init__(self) -> None:
        self.mix = DataMix({"clean": 40, "noisy": 25}, {"clean": 0.75, "noisy": 0.25}, batch_size=8, seed=3)
        self.seen = ""
        self.batches: List[Any] = []

    def save(self, directory: str, step: int) -> None:
        Path(directory, "state.json").write_text(json.dumps([self.seen, self.mix.state_dict()]))

    def load(self, directory: str) -> None:
        self.seen, state = json.loads(Path(directory, "state.json").read_text())
        self.mix.load_state_dict(state)

    def kernel(self, directory: str) -> HotKernel:
        kernel = HotKernel(directory, mutable_state=self.mix.actuators(), save=self.save, load=self.load)
        kernel.register("data.skip", self.mix.skip_data)
        return kernel

    def run(self, kernel: HotKernel, start: int = 0, steps: int = STEPS, snapshot: Optional[Dict[str, Any]] = None) -> None:
        kernel.continue_from(start, snapshot)
        step = start
        while step < steps:
            batch = self.mix.draw()
            self.batches.append(batch)
            self.seen = hashlib.sha256(f"{self.seen}{batch}".encode()).hexdigest()
            self.mix.trained()
            result = kernel.apply({"step": step, "metrics": {"loss": 1.0, **self.mix.metrics()}})
            step = step + 1 if result.rewound is None else result.rewound
        kernel.close()


def hotcb(*words: str) -> None:
    program = Path(hotcb_bridge.__file__).with_name("_hotcb.cjs")
    subprocess.run([find_node(), str(program), *words], check=True, stdout=subprocess.DEVNULL)


class Mixtures(unittest.TestCase):
    def test_weights_are_shares_and_each_source_is_gone_through(self) -> None:
        weights = {"a": 3.0, "b": 1.0}
        mix = DataMix({"a": 50, "b": 10}, weights, batch_size=20, seed=1)
        drawn = []
        for _ in range(40):
            drawn += mix.draw()
            mix.trained()
        counts = mix.metrics()
        self.assertEqual(sum(counts.values()), 800)
        self.assertAlmostEqual(counts["samples/a"] / 800, 0.75, delta=0.04)
        first = [place for name, place in drawn if name == "a"][:50]
        self.assertEqual(sorted(first), list(range(50)))
        weights.update(a=0.0)
        self.assertEqual({name for name, _ in mix.draw()}, {"b"})
        weights.update(b=0.0)
        mix.trained()
        self.assertEqual({name for name, _ in mix.draw()}, {"a", "b"})

    def test_a_loader_that_fetches_ahead_loses_nothing_at_a_checkpoint(self) -> None:
        def take(mix: DataMix, batches: Any, count: int) -> List[Any]:
            found = []
            for _ in range(count):
                found.append(next(batches))
                mix.trained()
            return found

        def ahead(mix: DataMix) -> Any:
            batches = iter(mix)
            kept = [next(batches), next(batches)]
            while True:
                kept.append(next(batches))
                yield kept.pop(0)

        whole, parts, again = [DataMix({"a": 30, "b": 30}, {"a": 1.0, "b": 1.0}, batch_size=4) for _ in range(3)]
        expected = take(whole, ahead(whole), 20)
        found = take(parts, ahead(parts), 9)
        again.load_state_dict(json.loads(json.dumps(parts.state_dict())))
        self.assertEqual(found + take(again, ahead(again), 11), expected)
        self.assertEqual(again.metrics(), whole.metrics())

    def test_ranks_have_parts_of_the_same_batches(self) -> None:
        one = DataMix({"a": 30}, {"a": 1.0}, batch_size=4)
        two = [DataMix({"a": 30}, {"a": 1.0}, batch_size=4, rank=rank, world_size=2) for rank in range(2)]
        self.assertEqual([*two[0].draw(), *two[1].draw()], one.draw())

    def test_windows_are_left_out_as_the_steps_are_counted_then(self) -> None:
        plain, mix = [DataMix({"a": 200}, {"a": 1.0}, batch_size=2) for _ in range(2)]
        all_batches = []
        for _ in range(12):
            all_batches.append(plain.draw())
            plain.trained()
        back = mix.skip(1, 1)
        back()
        mix.skip(2, 3)
        mix.skip(4, 5)  # Counted without the steps skipped before: the data of steps 6 and 7.
        found = []
        for _ in range(6):
            found.append(mix.draw())
            mix.trained()
        self.assertEqual(found, [all_batches[i] for i in (0, 1, 4, 5, 8, 9)])
        with self.assertRaisesRegex(ValueError, "must be in order and at least 0, got 5 to 4"):
            mix.skip(5, 4)

    def test_bad_sources_are_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "no weight below 0"):
            data_mix_actuators({"a": -1.0})
        with self.assertRaisesRegex(ValueError, "must have the same sources"):
            DataMix({"a": 1}, {"b": 1.0}, batch_size=1)
        with self.assertRaisesRegex(ValueError, "each source must have at least one sample"):
            DataMix({"a": 0}, {"a": 1.0}, batch_size=1)
        with self.assertRaisesRegex(ValueError, "divisible by the 2 ranks, got 3"):
            DataMix({"a": 9}, {"a": 1.0}, batch_size=3, world_size=2)
        with self.assertRaisesRegex(ValueError, "has the sources"):
            DataMix({"a": 1}, {"a": 1.0}, batch_size=1).load_state_dict(
                DataMix({"b": 1}, {"b": 1.0}, batch_size=1).state_dict()
            )


class Replays(RunCase):
    def other(self, name: str) -> str:
        path = os.path.join(self.dir, name)
        os.makedirs(path)
        return path

    def steer(self, directory: str) -> None:
        whole, self.dir = self.dir, directory
        self.command("data", "set_params", {"data.noisy": 1, "data.clean": 0.5}, at={"step": 10})
        self.command("core", "checkpoint", {"action": "save", "tag": "mine"}, at={"step": 20})
        self.command("core", "checkpoint", {"action": "load", "tag": "mine"}, at={"step": 33})
        self.command("ctl", "call", {"args": [38, 45]}, id="data.skip", at={"step": 36})
        self.command("data", "set_params", {"data.noisy": 0}, at={"step": 40})
        self.dir = whole

    def counts(self, directory: str) -> Dict[int, Any]:
        lines = Path(directory, "hotcb.metrics.jsonl").read_text().splitlines()
        return {line["step"]: line["metrics"] for line in map(json.loads, lines)}

    def test_a_switch_and_a_skip_are_replayed_to_the_same_data_and_counts(self) -> None:
        first, second = self.other("first"), self.other("second")
        self.steer(first)
        one, two = Training(), Training()
        one.run(one.kernel(first))
        recipe = os.path.join(first, "hotcb.recipe.jsonl")
        hotcb("--dir", first, "recipe", "export")
        hotcb("--dir", second, "init")
        hotcb("--dir", second, "freeze", "--mode", "replay", "--recipe", recipe, "--policy", "strict")
        two.run(two.kernel(second))
        self.assertEqual(two.seen, one.seen)
        self.assertEqual(self.counts(second), self.counts(first))
        self.assertEqual(sum(value for name, value in self.counts(first)[59].items() if name != "loss"), 8 * STEPS)
        self.assertEqual({name for name, _ in one.batches[-1]}, {"clean"})
        self.assertEqual((one.mix.state_dict()["skipped"], one.mix.state_dict()["place"]), ([[38, 45]], STEPS + 8))


if __name__ == "__main__":
    unittest.main()
