"""Functions in a training run that commands call."""

from __future__ import annotations

import os
import signal
import unittest
from typing import Any, Dict, List

from hotcb_bridge import BridgeError, HotKernel
from support import RunCase, Toy, looked


class Functions(RunCase):
    def kernel(self, called: List[Any], **more: Any) -> HotKernel:
        kernel = self.open(Toy(), **more)

        def note(env: Dict[str, Any], value: Any, **named: Any) -> None:
            if value == 13:
                raise ValueError("not 13")
            called.append((env["step"], value, named))

        kernel.register("note", note, description="keeps a value")
        kernel.register("twice", lambda env, value: called.append(value), lambda value: 2 * value)
        return kernel

    def test_a_command_calls_a_function_with_the_env_of_its_safe_point(self) -> None:
        called: List[Any] = []
        kernel = self.kernel(called)
        cids = [
            self.command("ctl", "call", {"args": [1], "kwargs": {"by": "me"}}, id="note", at={"step": 2}),
            self.command("ctl", "call", {"args": [4]}, id="twice", at={"step": 3}),
            self.command("ctl", "call", {"args": [13]}, id="note", at={"step": 4}),
            self.command("ctl", "call", {"args": []}, id="notes", at={"step": 5}),
        ]
        kernel.continue_from(0)
        for step in range(6):
            kernel.apply({"step": step})
        self.assertEqual(called, [(2, 1, {"by": "me"}), 8])
        self.assertEqual([self.answer(cid)["decision"] for cid in cids], ["applied", "applied", "failed", "failed"])
        self.assertEqual(self.answer(cids[1])["notes"], 'called with {"args": [8], "kwargs": {}}')
        self.assertIn("not 13", self.answer(cids[2])["error"])
        self.assertEqual(self.answer(cids[3])["error"], "unknown path: notes: did you mean `note`?")

    def test_a_call_is_made_once_by_a_sidecar_that_is_lost_within_it(self) -> None:
        called: List[Any] = []
        kernel = self.open(Toy())

        def kill(env: Any, value: int) -> Any:
            called.append(value)
            sidecar = kernel._link.sidecar
            if len(called) in (1, 2) and sidecar is not None:
                os.kill(sidecar.pid, signal.SIGKILL)
            return (lambda: called.append("back")) if value == 2 else None

        kernel.register("kill", kill)
        first = self.command("ctl", "call", {"args": [1]}, id="kill", at={"step": 1})
        second = self.command("ctl", "call", {"args": [2]}, id="kill", at={"step": 2})
        kernel.continue_from(0)
        for step in range(4):
            looked(kernel, {"step": step})
        # A call that cannot be undone is not repeated. A call that can be undone is undone and repeated.
        self.assertEqual(called, [1, 2, "back", 2])
        self.assertEqual([self.answer(cid)["step"] for cid in (first, second)], [1, 2])

    def test_functions_come_before_the_start(self) -> None:
        kernel = self.kernel([])
        with self.assertRaisesRegex(ValueError, "`path` must be a non-empty string, got ''"):
            kernel.register("", print)
        kernel.apply({"step": 0})
        with self.assertRaisesRegex(BridgeError, "functions must be registered before the first `apply`"):
            kernel.register("late", print)


if __name__ == "__main__":
    unittest.main()
