"""Callbacks in a loop without a kernel."""

from __future__ import annotations

import json
import os
import signal
import unittest
from pathlib import Path
from typing import Any, Dict, List

from hotcb_bridge import BridgeError, HotController
from support import RunCase

BEAT = """
class Beat:
    made = 0
    def __init__(self, id, every=1):
        self.id, self.every = id, every
        Beat.made += 1
    def set_params(self, **kwargs):
        self.every = int(kwargs.get("every", self.every))
    def handle(self, event, env):
        if env["step"] == env.get("fail_at"):
            raise ValueError("no luck")
        if env["step"] == env.get("stop_at"):
            env["submit"]("core", "stop")
        if env["step"] % self.every == 0:
            env["seen"].append(f"{VERSION} {event} {env['step']} {Beat.made}")
    def close(self):
        open(__file__ + ".closed", "a").close()
"""
YAML = """
callbacks:
  beat:
    target: {kind: python_file, path: beat.py, symbol: Beat}
    enabled: ENABLED
    params: {every: EVERY}
"""


class Controllers(RunCase):
    def setUp(self) -> None:
        super().setUp()
        self.seen: List[str] = []
        self.said: List[str] = []
        self.at = 0
        self.write("beat.py", "VERSION = 1\n" + BEAT)
        commands = os.path.join(self.dir, "hotcb.commands.jsonl")
        self.controller = HotController(os.path.join(self.dir, "hotcb.yaml"), commands)
        self.addCleanup(self.controller.close)

    def write(self, name: str, text: str) -> None:
        Path(self.dir, name).write_text(text)

    def yaml(self, every: int, enabled: str = "true") -> None:
        # The size changes, in case the file system's clock is too coarse.
        self.write("hotcb.yaml", YAML.replace("ENABLED", enabled).replace("EVERY", str(every)) + "#" * self.at)

    def steps(self, count: int, **env: Any) -> List[str]:
        for _ in range(count):
            more = {"seen": self.seen, "log": self.said.append, **env}
            self.result = self.controller.apply({"step": self.at, **more}, events=["train_step_end"])
            self.at += 1
        seen, self.seen = self.seen, []
        return seen

    def look(self) -> None:
        """Runs the checks that are otherwise made twice a second."""
        self.controller._contact_at = float("-inf")

    def status(self) -> Dict[str, Any]:
        found: Dict[str, Any] = self.controller.status()["beat"]
        return found

    def test_callbacks_come_from_yaml_and_commands_as_in_hotcb_2(self) -> None:
        self.assertEqual(self.steps(1), [])
        self.yaml(2)
        self.assertEqual(self.steps(3), ["1 train_step_end 2 1"])
        status = self.status()
        self.assertEqual((status["enabled"], status["loaded"], status["last_params"]), (True, True, {"every": 2}))
        self.command("cb", "disable", id="beat")
        self.assertEqual(self.steps(2), [])
        # Commands for hotcb 2 need no module.
        self.write("hotcb.commands.jsonl", Path(self.dir, "hotcb.commands.jsonl").read_text() + '{"op":"enable","id":"beat"}\n')
        self.command("opt", "set_params", {"lr": 1})
        self.assertEqual(self.steps(2), ["1 train_step_end 6 1"])
        self.assertTrue(any("`opt` needs a kernel" in line for line in self.said), self.said)
        self.yaml(1)
        self.assertEqual(self.steps(2), ["1 train_step_end 8 1", "1 train_step_end 9 1"])
        self.yaml(1, "false")
        self.assertEqual(self.steps(2), [])
        self.assertIn("set_params beat", Path(self.dir, "hotcb.log").read_text())

    def test_a_changed_file_is_loaded_again_and_the_one_before_is_closed(self) -> None:
        self.yaml(1)
        self.steps(1)
        self.write("beat.py", "VERSION = 'two'\n" + BEAT)
        seen: List[str] = []
        while not any(line.startswith("two") for line in seen):
            self.look()
            seen = self.steps(1)
        self.assertTrue(Path(self.dir, "beat.py.closed").exists())

    def test_a_callback_that_raises_is_disabled_until_it_is_enabled(self) -> None:
        self.yaml(1)
        self.assertEqual(len(self.steps(2)), 2)
        self.assertEqual(self.steps(3, fail_at=2), [])
        for _ in range(2):  # The failure is reported, and answered by an op at the next check.
            self.look()
            self.assertEqual(self.steps(1), [])
        self.assertEqual((self.status()["enabled"], self.status()["errors"]), (False, 1))
        self.command("cb", "enable", id="beat")
        self.assertEqual(self.steps(1), ["1 train_step_end 7 1"])

    def test_a_callback_may_ask_for_what_the_loop_has_to_do(self) -> None:
        self.yaml(1)
        self.steps(1)
        self.assertFalse(self.result.stop)
        self.steps(1, stop_at=1)
        self.assertEqual((self.result.stop, [one["op"] for one in self.result.asked]), (True, ["stop"]))

    def test_a_killed_process_is_started_again_and_the_callback_goes_on(self) -> None:
        self.yaml(1)
        self.steps(1)
        sidecar = self.controller._sidecar
        assert sidecar is not None
        os.kill(sidecar.pid, signal.SIGKILL)
        sidecar.process.wait()
        self.command("cb", "set_params", {"every": 2}, id="beat")
        seen = self.steps(6)
        # It is the same object, and was not created again.
        self.assertEqual(seen[-1].split()[-1], "1")
        self.assertEqual(self.status()["last_params"], {"every": 2})
        self.assertEqual([line.split()[2] for line in self.steps(4)], ["8", "10"])

    def test_files_are_looked_at_every_few_calls_if_asked(self) -> None:
        self.controller.close()
        config, own = os.path.join(self.dir, "hotcb.yaml"), os.path.join(self.dir, "x", "own.log")
        self.controller = HotController(config, debounce_steps=3, log_path=own)
        self.addCleanup(self.controller.close)
        self.yaml(1)
        self.assertEqual(self.steps(2), [])
        self.assertEqual(len(self.steps(1)), 1)
        self.assertIn("load beat", Path(own).read_text())

    def test_what_cannot_be_loaded_is_said_in_one_line(self) -> None:
        target = {"kind": "python_file", "path": "/nowhere/x.py", "symbol": "X"}
        with open(os.path.join(self.dir, "hotcb.commands.jsonl"), "a") as file:
            file.write(json.dumps({"op": "load", "id": "x", "target": target}) + "\n{broken\n")
        self.steps(1)
        self.assertTrue(any("load x failed" in line and "/nowhere/x.py" in line for line in self.said), self.said)
        self.assertTrue(any("command at byte" in line for line in self.said), self.said)

    def test_it_needs_a_file(self) -> None:
        with self.assertRaisesRegex(BridgeError, "`config_path` or `commands_path` must be given"):
            HotController()


if __name__ == "__main__":
    unittest.main()
