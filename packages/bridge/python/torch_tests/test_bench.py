"""The trainer of ``hotcb bench eval``, on files in CIFAR-10's format with little noise."""

import json
import random
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any, Dict, List


def write_data(folder: Path) -> None:
    draw = random.Random(0)
    shades = [draw.randrange(256) for _ in range(30)]
    for name, count in (("data_batch_1.bin", 100), ("test_batch.bin", 30)):
        labels = [draw.randrange(10) for _ in range(count)]
        images = [b"".join(bytes([shades[3 * one + channel]]) * 1024 for channel in range(3)) for one in labels]
        (folder / name).write_bytes(b"".join(bytes([one]) + image for one, image in zip(labels, images)))


def train(folder: Path, name: str, set_lr: bool) -> List[Dict[str, Any]]:
    run_dir = folder / name
    given = ["--data", folder, "--run-dir", run_dir, "--seed", 3, "--optimizer", "sgd", "--lr", 0.01, "--max-steps", 100]
    words = [sys.executable, "-m", "hotcb_bridge._bench", *map(str, given)]
    lines: List[Dict[str, Any]] = []
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None and child.stdout is not None
        for text in child.stdout:
            lines.append(json.loads(text))
            if set_lr and lines[-1].get("step") == 43:
                command = {"module": "opt", "op": "set_params", "id": "main", "params": {"lr": 0.001}, "cid": "slower"}
                with (run_dir / "hotcb.commands.jsonl").open("a") as queue:
                    queue.write(json.dumps({"ts": 0, **command}) + "\n")
            if lines[-1]["k"] != "end":
                child.stdin.write("go\n")
                child.stdin.flush()
    assert child.returncode == 0, child.returncode
    return lines


class TestBench(unittest.TestCase):
    def test_a_training_is_the_same_twice_and_takes_commands_at_the_step_after_an_evaluation(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_data(folder)
            first, again = train(folder, "first", False), train(folder, "again", False)
            self.assertEqual(first, again)
            self.assertEqual([line["k"] for line in first], ["start", "look", "look", "end"])
            slower = train(folder, "slower", True)
            self.assertEqual([line.get("lr") for line in slower], [None, 0.01, 0.001, None])
            self.assertNotEqual(slower[-1]["weights"], first[-1]["weights"])
            ledger = [json.loads(line) for line in (folder / "slower" / "hotcb.applied.jsonl").read_text().splitlines()]
            self.assertEqual([line["step"] for line in ledger if line["cid"] == "slower"], [44])
            measured = (folder / "slower" / "hotcb.metrics.jsonl").read_text()
            self.assertEqual(measured.count('"val_loss"'), 2)


if __name__ == "__main__":
    unittest.main()
