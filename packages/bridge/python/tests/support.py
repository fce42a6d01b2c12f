"""Helpers for the tests: run directories, commands, ledgers."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import unittest
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

from hotcb_bridge import ApplyResult, HotKernel, float_actuator, loss_actuators, mutable_state


class Toy:
    """A training run with one number and two loss weights."""

    def __init__(self) -> None:
        self.values: Dict[str, float] = {"heat": 1.0}
        self.weights: Dict[str, float] = {"ce": 1.0, "aux": 0.0}
        self.saved: List[int] = []
        #: Called after each change of `heat`.
        self.hook: Callable[[float], Any] = lambda value: None
        #: Called at the end of each load.
        self.loaded: Callable[[str], Any] = lambda directory: None

    def _set(self, value: float) -> None:
        if value == 13:
            raise ValueError("not 13")
        self.values["heat"] = value
        self.hook(value)

    def state(self) -> Any:
        heat = float_actuator("heat", get=lambda: self.values["heat"], set=self._set, min=0.0)
        return mutable_state(heat, loss_actuators(self.weights))

    def save(self, directory: str, step: int) -> None:
        self.saved.append(step)
        Path(directory, "toy.json").write_text(json.dumps([self.values, self.weights]))

    def load(self, directory: str) -> Optional[int]:
        values, weights = json.loads(Path(directory, "toy.json").read_text())
        self.values.update(values)
        self.weights.update(weights)
        self.loaded(directory)
        return None


class RunCase(unittest.TestCase):
    """A test with its own run directory."""

    def setUp(self) -> None:
        self.dir = tempfile.mkdtemp(prefix="hotcb-python-")
        self.addCleanup(shutil.rmtree, self.dir, True)
        self.commands = 0

    def open(self, toy: Toy, **more: Any) -> HotKernel:
        kernel = HotKernel(self.dir, mutable_state=toy.state(), save=toy.save, load=toy.load, **more)
        self.addCleanup(kernel.close)
        return kernel

    def command(self, module: str, op: str, params: Optional[Dict[str, Any]] = None, **more: Any) -> str:
        self.commands += 1
        cid = more.pop("cid", f"c{self.commands:04}")
        line = {"cid": cid, "module": module, "op": op, "id": "main", "params": params or {}, **more}
        with open(os.path.join(self.dir, "hotcb.commands.jsonl"), "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        return cid

    def lines(self, name: str = "hotcb.applied.jsonl") -> List[Dict[str, Any]]:
        path = Path(self.dir, name)
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []

    def answers(self, cid: str) -> List[Dict[str, Any]]:
        return [line for line in self.lines() if line["cid"] == cid]

    def answer(self, cid: str) -> Dict[str, Any]:
        found = self.answers(cid)
        self.assertEqual(len(found), 1, f"{cid} must have one line")
        return found[0]


def looked(kernel: HotKernel, env: Dict[str, Any], events: List[str] = []) -> ApplyResult:
    """Runs a safe point that checks for commands, even if none has been detected."""
    kernel.look()
    return kernel.apply(env, events)


Action = Callable[[], None]
