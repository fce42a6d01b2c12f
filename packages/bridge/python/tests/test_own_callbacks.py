"""The trainer's own callbacks, which are passed to the kernel and controlled by commands like loaded ones."""

from __future__ import annotations

import unittest
from typing import Any, Dict, List

from hotcb_bridge import HotKernel
from support import RunCase, Toy, looked
from test_kill import kill


class Beat:
    def __init__(self) -> None:
        self.seen: List[int] = []
        self.every = 1
        self.fail_at = -1
        self.calls: List[str] = []

    def set_params(self, **given: Any) -> None:
        self.every = int(given["every"])

    def on_attach(self, env: Dict[str, Any]) -> None:
        self.calls.append("attach")

    def handle(self, event: str, env: Dict[str, Any]) -> None:
        if env["step"] == self.fail_at:
            raise ValueError("no luck")
        if env["step"] % self.every == 0:
            self.seen.append(env["step"])

    def snapshot(self) -> Dict[str, Any]:
        return {"seen": len(self.seen)}

    def restore(self, kept: Dict[str, Any]) -> None:
        del self.seen[kept["seen"] :]

    def close(self) -> None:
        self.calls.append("close")


class Quiet:
    """A callback that has only `handle`."""

    def handle(self, event: str, env: Dict[str, Any]) -> None:
        pass


class OwnCallbacks(RunCase):
    def steps(self, kernel: HotKernel, *steps: int) -> None:
        for step in steps:
            looked(kernel, {"step": step}, ["train_step_end"])

    def test_they_run_from_the_first_step_and_commands_switch_them_and_set_their_parameters(self) -> None:
        beat = Beat()
        # A name that looks like a number keeps its position, and a list of names its order.
        with self.open(Toy(), callbacks={"beat": beat, "7": Quiet()}) as kernel:
            kernel.continue_from(0)
            self.steps(kernel, 0, 1)
            self.command("cb", "disable", id="beat")
            self.steps(kernel, 2, 3)
            self.command("cb", "enable", id="beat")
            self.command("cb", "set_params", {"every": 2}, id="beat")
            refused = self.command("cb", "set_params", {"every": "often"}, id="beat")
            self.steps(kernel, 4, 5, 6)
        self.assertEqual((beat.seen, beat.every, beat.calls), ([0, 1, 4, 6], 2, ["attach", "close"]))
        self.assertIn("invalid literal", self.answer(refused)["error"])

    def test_one_that_raises_is_disabled_with_a_line_and_runs_again_when_it_is_enabled(self) -> None:
        beat = Beat()
        with self.open(Toy(), callbacks={"beat": beat}) as kernel:
            kernel.continue_from(0)
            beat.fail_at = 1
            self.steps(kernel, 0, 1, 2, 3)
            disabled = [line for line in self.lines() if line["op"] == "disable"]
            self.assertEqual((beat.seen, len(disabled)), ([0], 1))
            self.assertIn("raised at step 1, train_step_end: ValueError: no luck", disabled[0]["payload"]["reason"])
            self.command("cb", "enable", id="beat")
            self.steps(kernel, 4, 5)
            self.assertEqual(beat.seen, [0, 4, 5])
            beat.fail_at = 6
            self.steps(kernel, 6, 7, 8)
        self.assertEqual((beat.seen, len([line for line in self.lines() if line["op"] == "disable"])), ([0, 4, 5], 2))

    def test_they_survive_the_sidecar_and_keep_what_was_set(self) -> None:
        beat = Beat()
        with self.open(Toy(), callbacks={"beat": beat, "quiet": Quiet()}) as kernel:
            kernel.continue_from(0)
            self.command("cb", "set_params", {"every": 2}, id="beat")
            self.command("cb", "disable", id="quiet")
            self.steps(kernel, 0, 1, 2)
            kill(kernel)
            self.steps(kernel, 3, 4, 5)
            cid = self.command("cb", "set_params", {"every": 3}, id="beat")
            self.steps(kernel, 6, 7, 8, 9)
            self.assertEqual([one.id for one in kernel._callbacks.active], ["beat"])
        self.assertEqual((self.answer(cid)["decision"], beat.calls), ("applied", ["attach", "close"]))
        self.assertEqual(beat.seen, [0, 2, 4, 6, 9])

    def test_a_checkpoint_has_their_state(self) -> None:
        beat = Beat()
        with self.open(Toy(), callbacks={"beat": beat}) as kernel:
            kernel.continue_from(0)
            kernel.save_checkpoint("a")
            self.steps(kernel, 0, 1, 2)
            self.command("core", "checkpoint", {"action": "load", "tag": "a"})
            kernel.look()
            self.assertEqual(kernel.apply({"step": 3}, ["train_step_end"]).rewound, 1)
            self.assertEqual(beat.seen, [0])

    def test_what_has_no_handle_is_refused_when_the_kernel_is_made(self) -> None:
        with self.assertRaisesRegex(TypeError, r"a callback must have `handle\(event, env\)`, got list"):
            HotKernel(self.dir, callbacks={"beat": []})

    def test_a_folder_can_be_allowed(self) -> None:
        import os
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "beat.py")
            with open(path, "w") as file:
                file.write("class Beat:\n    def __init__(self, id): pass\n    def handle(self, event, env): pass\n")
            target = {"kind": "python_file", "path": path, "symbol": "Beat"}
            for roots, decision in ((None, "failed"), ([folder], "applied")):
                with self.open(Toy(), allowed_roots=roots) as kernel:
                    cid = self.command("cb", "load", id="beat", target=target)
                    self.steps(kernel, 0)
                self.assertEqual(self.answer(cid)["decision"], decision)
            self.assertIn("outside the allowed roots", [line["error"] for line in self.lines() if line["error"]][0])


if __name__ == "__main__":
    unittest.main()
