"""Callbacks in Python, which commands load from bytes that are hashed and stored."""

from __future__ import annotations

import hashlib
import json
import os
import unittest
from pathlib import Path
from typing import Any, Dict, List
from unittest import mock

from hotcb_bridge import HotKernel
from support import RunCase, Toy, looked
from test_kill import kill

# As in hotcb 2's guide.
HEARTBEAT = """
class Heartbeat:
    def __init__(self, id: str, every: int = 10):
        self.id = id
        self.every = every
    def set_params(self, **kwargs):
        if "every" in kwargs:
            self.every = int(kwargs["every"])
    def handle(self, event, env):
        step = int(env.get("step", 0))
        if step % self.every == 0:
            (env.get("log") or print)(f"[{self.id}] {event} step={step}")
"""

COUNTER = """
from .words import WORD
from . import words
class Counter:
    made = 0
    def __init__(self, id, start=0):
        Counter.made += 1
        self.count = start
        self.closed = False
    def on_attach(self, env):
        env["seen"].append(("attach", env["run_dir"]))
    def handle(self, event, env):
        self.count += 1
        if self.count == env.get("fail_at"):
            raise ValueError(f"{WORD} {words.OTHER}")
        env["seen"].append((event, self.count))
        if self.count == env.get("submit_at"):
            env["submit"]("custom", "set_params", params={"heat": 0.5})
    def snapshot(self):
        return {"count": self.count}
    def restore(self, kept):
        self.count = kept["count"]
    def close(self):
        with open(__file__ + ".closed", "a") as file:
            file.write("x")
"""


class Callbacks(RunCase):
    def setUp(self) -> None:
        super().setUp()
        self.seen: List[Any] = []
        self.source = Path(self.dir, "counter.py")
        self.source.write_text(COUNTER)
        Path(self.dir, "words.py").write_text("WORD = 'no'\nOTHER = 'luck'\n")

    def load(self, path: str, symbol: str, **more: Any) -> str:
        target = {"kind": more.pop("kind", "python_file"), "path": path, "symbol": symbol}
        return self.command("cb", "load", id=more.pop("id", "one"), target=target, **more)

    def step(self, kernel: HotKernel, step: int, **env: Any) -> None:
        looked(kernel, {"step": step, "seen": self.seen, **env}, ["train_step_end"])

    def answer_of(self, cid: str) -> Dict[str, Any]:
        told = self.answer(cid)
        self.assertEqual((told["decision"], told["error"]), ("applied", None))
        return told

    def command(self, module: str, op: str, params: Any = None, **more: Any) -> str:
        line = {"module": module, "op": op, "id": "main", "params": params or {}, **more}
        self.commands += 1
        line.setdefault("cid", f"c{self.commands:04}")
        with open(os.path.join(self.dir, "hotcb.commands.jsonl"), "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        return str(line["cid"])

    def test_the_callback_of_hotcb_2s_guide_runs_as_it_is(self) -> None:
        path = Path(self.dir, "beat.py")
        path.write_text(HEARTBEAT)
        with self.open(Toy()) as kernel:
            cid = self.load("beat.py", "Heartbeat", init={"every": 3})
            for step in range(7):
                self.step(kernel, step)
            every = self.command("cb", "set_params", {"every": 1}, id="one")
            self.step(kernel, 7)
        self.answer_of(cid)
        self.assertEqual(self.answer_of(every)["old"], {"every": 3})
        log = Path(self.dir, "hotcb.log").read_text()
        self.assertEqual([step for step in range(8) if f"[one] train_step_end step={step}\n" in log], [0, 3, 6, 7])

    def test_the_bytes_that_ran_are_kept_and_a_replay_runs_these(self) -> None:
        with self.open(Toy()) as kernel:
            cid = self.load("counter.py", "Counter", init={"start": 10})
            self.step(kernel, 0)
        capture = self.answer_of(cid)["payload"]["source_capture"]
        words = hashlib.sha256(Path(self.dir, "words.py").read_bytes()).hexdigest()
        lines = sorted([f"counter.py\0{hashlib.sha256(COUNTER.encode()).hexdigest()}\n", f"words.py\0{words}\n"])
        self.assertEqual(capture["sha256"], hashlib.sha256("".join(lines).encode()).hexdigest())
        self.assertEqual(self.seen, [("attach", self.dir), ("train_step_end", 11)])
        # The next start loads the stored bytes, whatever the file contains now.
        self.source.write_text("raise ValueError('edited')")
        with self.open(Toy()) as kernel:
            kernel.continue_from(1)
            self.step(kernel, 1)
        self.assertEqual(self.seen[2:], [("attach", self.dir), ("train_step_end", 11)])

    def test_one_that_raises_is_disabled_with_a_line_and_the_training_goes_on(self) -> None:
        with self.open(Toy()) as kernel:
            self.load("counter.py", "Counter")
            for step in range(4):
                self.step(kernel, step, fail_at=2)
        tripped = [line for line in self.lines() if line["op"] == "disable"]
        self.assertEqual(len(tripped), 1)
        self.assertIn("raised at step 1, train_step_end: ValueError: no luck", json.dumps(tripped[0]))
        self.assertEqual([event for event, _ in self.seen], ["attach", "train_step_end"])
        self.assertIn('counter.py", line', Path(self.dir, "hotcb.log").read_text())

    def test_it_may_submit_and_is_saved_and_restored_with_a_checkpoint(self) -> None:
        toy = Toy()
        with self.open(toy) as kernel:
            kernel.continue_from(0)
            self.load("counter.py", "Counter")
            self.step(kernel, 0, submit_at=1)
            self.step(kernel, 1)
            self.assertEqual(toy.values["heat"], 0.5)
            kernel.save_checkpoint("a")
            self.step(kernel, 2)
            self.step(kernel, 3)
            self.command("core", "checkpoint", {"action": "load", "tag": "a"})
            self.assertEqual(looked(kernel, {"step": 4, "seen": self.seen}).rewound, 3)
            self.step(kernel, 3)
        self.assertEqual(self.seen[-1], ("train_step_end", 4))

    def test_a_load_that_fails_is_one_line_with_the_trace_and_changes_nothing(self) -> None:
        with self.open(Toy()) as kernel:
            self.load("counter.py", "Counter")
            self.step(kernel, 0)
            Path(self.dir, "bad.py").write_text("x = 1\nraise KeyError('boom')\n")
            Path(self.dir, "torn.py").write_text("def (")
            Path(self.dir, "lost.py").write_text("from .nowhere import x")
            bad = [
                (self.load("bad.py", "X"), "KeyError: 'boom'"),
                (self.load("torn.py", "X"), "SyntaxError"),
                (self.load("lost.py", "X"), "line 1 of `" + str(Path(self.dir, "lost.py")) + "` imports `.nowhere`"),
                (self.load("words.py", "Missing"), "there is no `Missing`"),
                (self.load("words.py", "WORD"), "a callback must have `handle(event, env)`"),
                (self.load("counter.py", "Counter", init={"nonsense": 1}), "nonsense"),
                (self.load("no_such_package.x", "X", kind="module"), "No module named 'no_such_package'"),
                (self.load("callback.js", "X", kind="file"), "is not one of .py"),
            ]
            Path(self.dir, "callback.js").write_text("export const X = 1")
            self.step(kernel, 1)
        for cid, why in bad:
            told = self.answer(cid)
            self.assertEqual(told["decision"], "failed")
            self.assertIn(why, told["error"])
        self.assertIn("bad.py", self.answer(bad[0][0])["traceback"])
        self.assertEqual(self.seen[-1], ("train_step_end", 2))

    def test_a_replaced_sidecar_makes_no_callback_again(self) -> None:
        with self.open(Toy()) as kernel:
            kernel.continue_from(0)
            self.load("counter.py", "Counter")
            for step in range(5):
                self.step(kernel, step)
            kill(kernel)
            for step in range(5, 8):
                self.step(kernel, step)
            self.assertEqual(self.seen[1:], [("train_step_end", count) for count in range(1, 9)])
            cid = self.command("cb", "unload", id="one")
            self.step(kernel, 8)
        self.answer_of(cid)
        self.assertEqual(Path(f"{self.source}.closed").read_text(), "x")

    def test_a_load_without_its_line_is_made_once(self) -> None:
        with self.open(Toy()) as kernel:
            kernel.continue_from(0)
            self.step(kernel, 0)
            serve, killed = kernel._server.serve, []

            def deadly(request: Dict[str, Any]) -> Any:
                value = serve(request)
                if request["k"] == "cb.run" and not killed:
                    killed.append(kill(kernel))
                return value

            with mock.patch.object(kernel._server, "serve", deadly):
                cid = self.load("counter.py", "Counter")
                self.step(kernel, 1)
            self.step(kernel, 2)
            self.assertEqual(self.seen[1:], [("train_step_end", 1), ("train_step_end", 2)])
        self.answer_of(cid)

    def test_hotcb_2s_own_callbacks_load_under_their_names(self) -> None:
        names = {
            "heartbeat": ("HeartbeatCallback", "alive event=train_step_end step=1"),
            "timing": ("TimingCallback", "mean="),
            "system_stats": ("SystemStatsCallback", "max_rss="),
            "tensor_stats": ("TensorStatsCallback", "loss: numel=1 nan=0 inf=0 mean=0.5"),
            "grad_stats": ("GradStatsCallback", "there is no `model` in env"),
            "anomaly_guard": ("AnomalyGuardCallback", "aux has 1 NaN and 0 infinite values at step 1"),
            "jsonl_logger": ("JSONLLoggerCallback", None),
        }
        with self.open(Toy()) as kernel:
            cids = []
            for name, (symbol, _) in names.items():
                init = {"every": 1, **({"paths": "loss,aux"} if name == "anomaly_guard" else {})}
                path = f"hotcb.modules.cb.callbacks.{name}"
                cids.append(self.load(path, symbol, kind="module", id=name, init=init))
            for step in range(3):
                self.step(kernel, step, metrics={"loss": 0.5, "aux": float("nan") if step == 1 else 1.0})
        for cid in cids:
            self.answer_of(cid)
        log = Path(self.dir, "hotcb.log").read_text()
        for name, (_, said) in names.items():
            if said is not None:
                self.assertTrue(any(f"[{name}]" in line and said in line for line in log.splitlines()), name)
        self.assertEqual([line["loss"] for line in self.lines("hotcb_metrics.jsonl")], [0.5, 0.5, 0.5])


if __name__ == "__main__":
    unittest.main()
