"""A training run without torch, with a real sidecar."""

from __future__ import annotations

import json
import math
import os
import signal
import sys
import threading
import time
import unittest
from pathlib import Path
from typing import Any, Dict, List
from unittest import mock

from hotcb_bridge import (
    BridgeError,
    HotKernel,
    MetricsCollector,
    RecipeError,
    bool_actuator,
    choice_actuator,
    int_actuator,
    tuple_actuator,
)
from hotcb_bridge._page import RING_BYTES
from support import RunCase, Toy, looked


class Commands(RunCase):
    def test_a_command_takes_effect_at_a_safe_point_and_the_ledger_tells_the_step(self) -> None:
        toy = Toy()
        kernel = self.open(toy)
        kernel.continue_from(0)
        cid = self.command("custom", "set_params", {"heat": 0.25})
        looked(kernel, {"step": 0}, ["train_step_end"])
        self.assertEqual(toy.values["heat"], 0.25)
        told = self.answer(cid)
        self.assertEqual((told["step"], told["decision"], told["event"]), (0, "applied", "train_step_end"))
        self.assertEqual((told["payload"], told["old"]), ({"heat": 0.25}, {"heat": 1}))

    def test_a_command_is_noticed_while_the_training_runs(self) -> None:
        toy = Toy()
        kernel = self.open(toy)
        kernel.apply({"step": 0})
        self.command("custom", "set_params", {"heat": 0.5})
        for step in range(1, 100_000):
            kernel.apply({"step": step})
            if toy.values["heat"] == 0.5:
                break
            time.sleep(0.001)
        self.assertEqual(toy.values["heat"], 0.5)

    def test_a_value_out_of_bounds_and_a_setter_that_raises_change_nothing(self) -> None:
        toy = Toy()
        kernel = self.open(toy)
        cids = [
            self.command("custom", "set_params", {"heat": -1}),
            self.command("custom", "set_params", {"heat": 13}),
            self.command("loss", "set_params", {"ce": 2, "terms.aux": 7}),
            self.command("custom", "set_params", {"cold": 1}),
        ]
        looked(kernel, {"step": 0})
        self.assertEqual((toy.values, toy.weights), ({"heat": 1.0}, {"ce": 1.0, "aux": 0.0}))
        told = [self.answer(cid) for cid in cids]
        self.assertEqual([line["decision"] for line in told], ["failed"] * 4)
        self.assertIn("ValueError: not 13", told[1]["error"])

    def test_a_command_for_a_later_step_is_held_until_then(self) -> None:
        toy = Toy()
        kernel = self.open(toy)
        kernel.continue_from(0)
        cid = self.command("custom", "set_params", {"heat": 2}, at={"step": 7})
        looked(kernel, {"step": 0})
        for step in range(1, 9):
            kernel.apply({"step": step})
            self.assertEqual(toy.values["heat"], 2 if step >= 7 else 1)
        self.assertEqual(self.answer(cid)["step"], 7)

    def test_a_ramp_moves_at_every_step(self) -> None:
        toy = Toy()
        kernel = self.open(toy)
        self.command("loss", "set_params", {"ramps.aux": {"type": "linear", "steps": 300, "start": 0, "end": 3}})
        looked(kernel, {"step": 0})
        for step in range(1, 310):
            kernel.apply({"step": step})
            self.assertEqual(toy.weights["aux"], 3 * (step / 300) if step < 300 else 3)

    def test_values_keep_the_types_that_python_has(self) -> None:
        values: Dict[str, Any] = {"count": 3, "on": False, "mode": "a", "betas": (0.9, 0.99)}

        def pair(key: str) -> Dict[str, Any]:
            return {"get": lambda: values[key], "set": lambda value: values.__setitem__(key, value)}

        state = [
            int_actuator("count", **pair("count")),
            bool_actuator("on", **pair("on")),
            choice_actuator("mode", choices=["a", "b"], **pair("mode")),
            tuple_actuator("betas", **pair("betas")),
        ]
        with HotKernel(self.dir, mutable_state=state) as kernel:
            self.command("custom", "set_params", {"count": 4, "on": True, "mode": "b", "betas": [1, 0.5]})
            looked(kernel, {"step": 0})
        self.assertEqual(values, {"count": 4, "on": True, "mode": "b", "betas": (1.0, 0.5)})
        self.assertEqual([type(one) for one in values["betas"]], [float, float])

    def test_the_trainer_can_ask_for_changes_itself(self) -> None:
        toy = Toy()
        kernel = self.open(toy)
        cid = kernel.submit("custom", "set_params", params={"heat": 0.75})
        kernel.apply({"step": 0})
        self.assertEqual((toy.values["heat"], self.answer(cid)["source"]), (0.75, "trainer"))

    def test_stop_is_told_to_the_loop(self) -> None:
        kernel = self.open(Toy())
        self.command("core", "stop")
        self.assertTrue(looked(kernel, {"step": 0}).stop)

    def test_the_calls_of_a_step_are_counted_here(self) -> None:
        kernel = self.open(Toy())
        for _ in range(5):
            kernel.apply({"step": 3})
        cid = self.command("custom", "set_params", {"heat": 2})
        looked(kernel, {"step": 3})
        self.assertEqual((self.answer(cid)["step"], self.answer(cid)["call"]), (3, 5))


class Metrics(RunCase):
    def test_metrics_are_written_with_whatever_is_a_number(self) -> None:
        class Scalar:
            def __float__(self) -> float:
                return 0.125

        kernel = self.open(Toy())
        metrics = {"acc": 1, "none": None, "text": "x", "on": True, "tensor": Scalar(), "odd": math.nan, "list": [1]}
        for step in range(3):
            kernel.apply({"step": step, "epoch": 2, "metrics": metrics, "loss": 0.5})
        kernel.close()
        lines = self.lines("hotcb.metrics.jsonl")
        self.assertEqual([line["step"] for line in lines], [0, 1, 2])
        self.assertEqual(lines[2]["metrics"], {"acc": 1, "on": 1, "tensor": 0.125, "odd": None, "loss": 0.5})
        self.assertEqual(lines[2]["epoch"], 2)
        self.assertLess(abs(lines[2]["wall_time"] - time.time()), 600)

    def test_what_json_does_not_have_never_reaches_the_sidecar(self) -> None:
        class Epoch:
            def __float__(self) -> float:
                return 1.5

        kernel = self.open(Toy())
        with self.assertRaises(TypeError):
            kernel.submit("custom", "set_params", params={"heat": Epoch()})
        cid = self.command("custom", "set_params", {"heat": 2})
        looked(kernel, {"step": 0, "epoch": Epoch(), "phase": Path("p"), "loss": 1.0, "model": object()})
        kernel.apply({"step": 1, "epoch": "x", "loss": 1.0})
        kernel.close()
        self.assertEqual((self.answer(cid)["epoch"], self.answer(cid)["phase"]), (1.5, "p"))
        self.assertEqual([line["epoch"] for line in self.lines("hotcb.metrics.jsonl")], [1.5, None])

    def test_more_metrics_than_the_ring_holds_are_all_written(self) -> None:
        kernel = self.open(Toy())
        count = RING_BYTES // (32 + 20 * 8) + 500
        metrics = {f"m{i}": float(i) for i in range(20)}
        for step in range(count):
            kernel.apply({"step": step, "metrics": metrics})
        kernel.close()
        self.assertEqual([line["step"] for line in self.lines("hotcb.metrics.jsonl")], list(range(count)))

    def test_names_are_selected_and_thinned_out(self) -> None:
        collector = MetricsCollector(whitelist=["train_*"], blacklist=["train_b"], every_n_steps=2)
        kernel = self.open(Toy(), metrics_collector=collector)
        for step in range(4):
            kernel.apply({"step": step, "metrics": {"train_a": 1, "train_b": 2, "val": 3}})
        kernel.close()
        lines = self.lines("hotcb.metrics.jsonl")
        self.assertEqual([(line["step"], line["metrics"]) for line in lines], [(0, {"train_a": 1}), (2, {"train_a": 1})])

    def test_without_a_collector_nothing_is_written(self) -> None:
        kernel = self.open(Toy(), metrics_collector=False)
        kernel.apply({"step": 0, "loss": 1.0})
        kernel.close()
        self.assertEqual(self.lines("hotcb.metrics.jsonl"), [])


class Restarts(RunCase):
    def test_changes_are_in_force_again_after_a_restart(self) -> None:
        toy = Toy()
        kernel = self.open(toy)
        kernel.continue_from(0)
        early = self.command("custom", "set_params", {"heat": 0.5})
        looked(kernel, {"step": 0})
        kernel.apply({"step": 1})
        snapshot = json.loads(json.dumps(kernel.snapshot()))
        late = self.command("loss", "set_params", {"ce": 3})
        looked(kernel, {"step": 2})
        kernel.close()
        again = Toy()
        again.values["heat"] = 0.9  # A checkpoint of step 2 may contain this value.
        kernel = self.open(again)
        kernel.continue_from(2, snapshot)
        self.assertEqual((again.values["heat"], again.weights["ce"]), (0.5, 1.0))
        kernel.apply({"step": 2})
        self.assertEqual(again.weights["ce"], 3.0)
        self.assertEqual(len(self.answers(early)), 1)
        self.assertEqual([line["of"] for line in self.lines() if line["of"]], [self.answers(late)[0]["seq"]])

    def test_a_checkpoint_is_saved_and_loaded(self) -> None:
        toy = Toy()
        kernel = self.open(toy)
        kernel.continue_from(0)
        self.command("custom", "set_params", {"heat": 0.5})
        self.command("core", "checkpoint", {"action": "save", "tag": "a"})
        looked(kernel, {"step": 4, "loss": 1.0})
        self.assertEqual(toy.saved, [5])
        self.command("custom", "set_params", {"heat": 0.1})
        looked(kernel, {"step": 5})
        self.command("core", "checkpoint", {"action": "load", "tag": "a"})
        result = looked(kernel, {"step": 6, "loss": 2.0})
        self.assertEqual((result.rewound, toy.values["heat"]), (5, 0.5))
        self.assertFalse(kernel.apply({"step": 5}).rewound)
        kernel.close()
        meta = json.loads(Path(self.dir, "hotcb.checkpoints", "a", "meta.json").read_text())
        self.assertEqual(meta["step"], 5)
        # The metrics of the step before the load are dropped, because that step is trained again.
        self.assertEqual([line["step"] for line in self.lines("hotcb.metrics.jsonl")], [4])

    def test_a_strict_replay_that_is_not_followed_raises_at_close(self) -> None:
        entry = {"at": {"step": 1}, "module": "custom", "op": "set_params", "params": {"heat": 13}}
        Path(self.dir, "r.jsonl").write_text(json.dumps(entry) + "\n")
        freeze = {"mode": "replay", "recipe_path": "r.jsonl", "policy": "strict"}
        Path(self.dir, "hotcb.freeze.json").write_text(json.dumps(freeze))
        kernel = self.open(Toy())
        kernel.continue_from(0)
        for step in range(3):
            kernel.apply({"step": step})
        with self.assertRaises(RecipeError) as caught:
            kernel.close()
        self.assertIn("not 13", str(caught.exception))

    def test_the_same_directory_opened_again_closes_the_kernel_before(self) -> None:
        first = self.open(Toy())
        first.apply({"step": 0})
        second = self.open(Toy())
        second.apply({"step": 1})
        self.assertEqual(first.apply({"step": 2}), (False, False, None, False, False))
        self.assertEqual([line["payload"]["n"] for line in self.lines()], [1, 2])


class Interrupts(RunCase):
    def setUp(self) -> None:
        super().setUp()
        # A program that a shell starts in the background ignores Ctrl-C, and Python keeps this setting.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)

    def test_a_pause_waits_for_resume(self) -> None:
        kernel = self.open(Toy())
        kernel.apply({"step": 0})
        self.command("core", "pause")
        later = threading.Timer(0.3, lambda: self.command("core", "resume"))
        later.start()
        self.addCleanup(later.join)
        self.assertFalse(looked(kernel, {"step": 1}).paused)
        self.assertEqual([line["op"] for line in self.lines()][-2:], ["pause", "resume"])

    def test_ctrl_c_leaves_a_pause_and_the_next_safe_point_returns_to_it(self) -> None:
        kernel = self.open(Toy())
        kernel.apply({"step": 0})
        self.command("core", "pause")
        later = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
        later.start()
        self.addCleanup(later.join)
        with self.assertRaises(KeyboardInterrupt):
            looked(kernel, {"step": 1})
        self.command("core", "resume", cid="r")
        self.assertFalse(looked(kernel, {"step": 2}).paused)
        self.assertEqual(self.answer("r")["step"], 2)

    def test_ctrl_c_in_a_setter_fails_its_command_and_is_raised_after_it(self) -> None:
        toy = Toy()

        def interrupted(value: float) -> None:
            if value == 2:
                raise KeyboardInterrupt

        toy.hook = interrupted
        kernel = self.open(toy)
        cid = self.command("custom", "set_params", {"heat": 2})
        with self.assertRaises(KeyboardInterrupt):
            looked(kernel, {"step": 0})
        self.assertEqual((self.answer(cid)["decision"], toy.values["heat"]), ("failed", 1.0))
        other = self.command("custom", "set_params", {"heat": 3})
        looked(kernel, {"step": 1})
        self.assertEqual(self.answer(other)["decision"], "applied")

    def test_apply_belongs_to_one_thread_and_not_to_a_setter(self) -> None:
        toy = Toy()
        kernel = self.open(toy)
        kernel.apply({"step": 0})
        raised: List[str] = []

        def other() -> None:
            try:
                looked(kernel, {"step": 1})
            except BridgeError as error:
                raised.append(str(error))

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        self.assertEqual(raised, ["`apply` must be called in the thread that called it first"])
        toy.hook = lambda value: looked(kernel, {"step": 9})
        cid = self.command("custom", "set_params", {"heat": 2})
        looked(kernel, {"step": 1})
        self.assertIn("`apply` must not be called by a control", self.answer(cid)["error"])

    @unittest.skipUnless(hasattr(os, "fork"), "this system has no fork")
    def test_a_forked_child_is_no_training_and_does_not_keep_the_sidecar_alive(self) -> None:
        kernel = self.open(Toy())
        kernel.apply({"step": 0, "loss": 1.0})
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(write)
            idle = kernel.apply({"step": 1, "loss": 2.0}) == (False, False, None, False, False)
            os.read(read, 1)  # The child outlives the training run.
            os._exit(0 if idle else 1)
        os.close(read)
        sidecar = kernel._link.sidecar
        assert sidecar is not None and sidecar.process.stdin is not None
        sidecar.process.stdin.close()
        self.assertEqual(sidecar.process.wait(20), 0)
        os.close(write)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)
        self.assertEqual([line["step"] for line in self.lines("hotcb.metrics.jsonl")], [0])
        kernel._closed = True


class Use(RunCase):
    def test_a_missing_node_is_said_before_training_begins(self) -> None:
        with mock.patch.dict(os.environ, {"PATH": self.dir}), mock.patch("importlib.util.find_spec", lambda name: None):
            os.environ.pop("HOTCB_NODE", None)
            with self.assertRaisesRegex(BridgeError, "hotcb needs Node 20.19 or newer: put `node` on PATH, or pip install"):
                HotKernel(self.dir).apply({"step": 0})
        with self.assertRaisesRegex(BridgeError, "there is no Node at `/nowhere/node`"):
            HotKernel(self.dir, node="/nowhere/node").start()

    def test_a_program_that_is_no_node_is_refused_with_its_last_words(self) -> None:
        program = Path(self.dir, "node")
        program.write_text("#!/bin/sh\necho 'I am no Node' >&2\nexit 3\n")
        program.chmod(0o755)
        with self.assertRaisesRegex(BridgeError, "cannot be started with .*: I am no Node"):
            HotKernel(self.dir, node=str(program)).start()

    def test_wrong_uses_are_refused_in_one_line(self) -> None:
        blocked = Path(self.dir, "file")
        blocked.write_text("")
        with self.assertRaisesRegex(BridgeError, "cannot be created"):
            HotKernel(blocked)
        with self.assertRaisesRegex(BridgeError, "`resume` must be history, cut or off, got 'again'"):
            HotKernel(self.dir, resume="again")
        kernel = self.open(Toy())
        with self.assertRaisesRegex(BridgeError, "`apply` needs `step`"):
            kernel.apply({})
        with self.assertRaisesRegex(BridgeError, "a step must be a whole number of at least 0, got -1"):
            kernel.continue_from(-1)
        with self.assertRaises(TypeError):
            self.open(Toy()).add("lr")  # type: ignore[arg-type]

    def test_a_later_protocol_is_refused(self) -> None:
        Path(self.dir, "hotcb.state.json").write_text(json.dumps({"protocol": 99}))
        with self.assertRaisesRegex(BridgeError, "uses protocol 99"):
            HotKernel(self.dir).apply({"step": 0})

    def test_every_line_can_be_traced(self) -> None:
        trace = os.path.join(self.dir, "trace")
        with mock.patch.dict(os.environ, {"HOTCB_BRIDGE_TRACE": trace}):
            kernel = self.open(Toy())
            kernel.apply({"step": 0})
        kernel.close()
        kinds = [(line[0], json.loads(line[2:])["k"]) for line in Path(trace).read_text().splitlines()]
        pairs = [("<", "hello"), (">", "open"), ("<", "done"), (">", "apply"), ("<", "done"), (">", "close"), ("<", "done")]
        self.assertEqual(kinds, pairs)


if __name__ == "__main__":
    sys.exit(unittest.main())
