"""The sidecar is killed: nothing that was acknowledged is lost, and nothing is done twice."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from pathlib import Path
from typing import Any, Dict, List
from unittest import mock

from hotcb_bridge import HotKernel
from support import RunCase, Toy, looked

SOAK = "HOTCB_SOAK" in os.environ


def kill(kernel: HotKernel) -> bool:
    """Kills the sidecar. Returns whether there was one."""
    sidecar = kernel._link.sidecar
    if sidecar is None or sidecar.process.poll() is not None:
        return False
    os.kill(sidecar.pid, signal.SIGKILL)
    return True


class KillCase(RunCase):
    def kill_at(self, kernel: HotKernel, kind: str, when: str) -> List[str]:
        """Kills the sidecar once, before or after a request of this kind is carried out."""
        killed: List[str] = []
        server, serve = kernel._server, kernel._server.serve

        def deadly(request: Dict[str, Any]) -> Any:
            is_due = request["k"] == kind and not killed
            if is_due and when == "before":
                killed.append(kind)
                kill(kernel)
            value = serve(request)
            if is_due and when == "after":
                killed.append(kind)
                kill(kernel)
            return value

        patch = mock.patch.object(server, "serve", deadly)
        patch.start()
        self.addCleanup(patch.stop)
        return killed

    def check(self, toy: Toy, cids: List[str]) -> None:
        """Checks that each command has one line, and that the trainer has the values of the last ones."""
        heat = 1.0
        for cid in cids:
            told = self.answer(cid)
            if told["decision"] == "applied" and "heat" in (told["payload"] or {}):
                heat = told["payload"]["heat"]
        self.assertEqual(toy.values["heat"], heat)
        seqs = [line["seq"] for line in self.lines()]
        self.assertEqual(seqs, list(range(1, len(seqs) + 1)))


class AtRequests(KillCase):
    def run_with(self, kind: str, when: str) -> None:
        toy = Toy()
        kernel = self.open(toy)
        kernel.continue_from(0)
        killed = self.kill_at(kernel, kind, when)
        cids: List[str] = []
        step = rewinds = 0
        while step < 8:
            if step == 1 and not cids:
                cids.append(self.command("custom", "set_params", {"heat": 0.5}))
                cids.append(self.command("custom", "set_params", {"heat": 0.25, "heat_": 1}))
                cids.append(self.command("custom", "set_params", {"heat": {"mul": 3}}))
            if step == 3 and not rewinds and len(cids) == 3:
                cids.append(self.command("core", "checkpoint", {"action": "save", "tag": "a"}))
                kernel.submit("custom", "set_params", params={"heat": {"add": 0.125}})
            if step == 5 and not rewinds and len(cids) == 4:
                cids.append(self.command("core", "checkpoint", {"action": "load", "tag": "a"}))
            result = looked(kernel, {"step": step, "loss": float(step)})
            if result.rewound is not None:
                rewinds += 1
                self.assertEqual(result.rewound, 4)
            step = step + 1 if result.rewound is None else result.rewound
        kernel.close()
        self.assertEqual(killed, [kind])
        self.assertEqual(rewinds, 1)
        self.assertEqual(toy.values["heat"], 1.625)
        for cid in cids:
            self.answer(cid)
        submitted = [line for line in self.lines() if line["source"] == "trainer"]
        self.assertEqual(len(submitted), 1)
        self.assertEqual(sorted({line["step"] for line in self.lines("hotcb.metrics.jsonl")}), list(range(8)))

    def test_before_a_setter(self) -> None:
        self.run_with("set", "before")

    def test_after_a_setter(self) -> None:
        self.run_with("set", "after")

    def test_before_and_after_a_getter(self) -> None:
        self.run_with("get", "before")

    def test_after_a_getter(self) -> None:
        self.run_with("get", "after")

    def test_before_the_metrics_of_a_checkpoint(self) -> None:
        self.run_with("tell", "before")

    def test_after_the_metrics_of_a_checkpoint(self) -> None:
        self.run_with("tell", "after")

    def test_before_a_save(self) -> None:
        self.run_with("save", "before")

    def test_after_a_save(self) -> None:
        self.run_with("save", "after")

    def test_before_a_load(self) -> None:
        self.run_with("load", "before")

    def test_after_a_load(self) -> None:
        self.run_with("load", "after")

    def test_in_a_pause_the_next_one_is_paused_too(self) -> None:
        toy = Toy()
        kernel = self.open(toy)
        kernel.apply({"step": 0})
        killed = self.kill_at(kernel, "wait", "after")
        self.command("core", "pause", cid="p")

        def resume() -> None:
            while not killed:
                time.sleep(0.01)
            time.sleep(0.3)
            self.command("core", "resume", cid="r")

        thread = threading.Thread(target=resume)
        thread.start()
        self.assertFalse(looked(kernel, {"step": 1}).paused)
        thread.join()
        self.assertEqual((self.answer("p")["step"], self.answer("r")["step"]), (1, 1))

    def test_after_the_line_of_a_load_the_training_goes_back_all_the_same(self) -> None:
        toy = Toy()
        kernel = self.open(toy)
        kernel.continue_from(0)
        kernel.save_checkpoint("a")
        kernel.apply({"step": 4})
        self.command("custom", "set_params", {"heat": 0.5})
        looked(kernel, {"step": 5})
        # The pause after it sends a `wait` request, at which time the line of the load has been written.
        load = self.command("core", "checkpoint", {"action": "load", "tag": "a"})
        self.command("core", "pause", cid="p")
        killed = self.kill_at(kernel, "wait", "after")
        result = looked(kernel, {"step": 6})
        self.assertEqual((result.rewound, result.paused), (5, True))
        self.assertEqual((killed, toy.values["heat"]), (["wait"], 1.0))
        self.command("core", "resume", cid="r")
        self.assertEqual(looked(kernel, {"step": 5}), (False, False, None, False, False))
        self.assertEqual([self.answer(cid)["decision"] for cid in (load, "p", "r")], ["applied"] * 3)
        self.assertEqual((self.answer("r")["step"], toy.values["heat"]), (5, 1.0))


class AtRandom(KillCase):
    def test_a_sidecar_that_is_killed_again_and_again(self) -> None:
        rounds = 200 if SOAK else 4
        toy = Toy()
        kernel = self.open(toy)
        kernel.continue_from(0)
        chance = random.Random(7)
        over = threading.Event()
        working: List[Any] = [None]

        def killer() -> None:
            kills = 0
            while kills < rounds:
                time.sleep(chance.uniform(0.02, 0.5))
                # Usually one that is already working, because after three failed starts in a row the client waits up to 60 s.
                if working[0] is kernel._link.sidecar or chance.random() < 0.1:
                    kills += kill(kernel)
            over.set()

        thread = threading.Thread(target=killer)
        thread.start()
        cids: List[str] = []
        step = 0
        history: List[float] = []
        until = time.monotonic() + 600
        while not over.is_set() and time.monotonic() < until:
            if step % 5 == 0 and len(cids) < 4000:
                cids.append(self.command("custom", "set_params", {"heat": chance.choice([13, chance.random()])}))
            kernel.apply({"step": step, "loss": float(step)})
            history.append(toy.values["heat"])
            working[0] = kernel._link.sidecar
            step += 1
            time.sleep(0.0005)
        thread.join()
        measured = step
        # After three kills during the start, the sidecar is restarted later.
        while kernel._link.is_waiting:
            time.sleep(0.05)
        looked(kernel, {"step": step})
        history.append(toy.values["heat"])
        for _ in range(100):
            step += 1
            looked(kernel, {"step": step})
            history.append(toy.values["heat"])
        kernel.close()
        self.check(toy, cids)
        attempts = [line for line in self.lines() if line["op"] == "attempt"]
        self.assertGreater(len(attempts), 1)
        steps = {line["step"] for line in self.lines("hotcb.metrics.jsonl")}
        self.assertEqual(steps, set(range(measured)))
        self.assertEqual(self.replayed(len(history)), history)

    def replayed(self, steps: int) -> List[float]:
        """Returns the value at each step of a run that follows the ledger strictly."""
        again = os.path.join(self.dir, "again")
        os.mkdir(again)
        recipe = [
            {
                "at": {"step": line["step"], "event": line["event"], "call": line["call"]},
                **{key: line[key] for key in ("module", "op", "id")},
                "params": line["payload"],
            }
            for line in self.lines()
            if line["decision"] == "applied" and line["module"] == "custom"
        ]
        Path(again, "r.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in recipe))
        freeze = {"mode": "replay", "recipe_path": "r.jsonl", "policy": "strict"}
        Path(again, "hotcb.freeze.json").write_text(json.dumps(freeze))
        toy = Toy()
        history: List[float] = []
        # Closing raises if an entry was late, missed or failed.
        with HotKernel(again, mutable_state=toy.state()) as kernel:
            kernel.continue_from(0)
            for step in range(steps):
                kernel.apply({"step": step})
                history.append(toy.values["heat"])
        return history


class Resumed(KillCase):
    def test_a_run_that_was_resumed_before_the_kill_is_not_paused_after_it(self) -> None:
        toy = Toy()
        kernel = self.open(toy)
        kernel.apply({"step": 0})
        self.command("core", "pause", cid="p")
        waits: List[int] = []
        serve = kernel._server.serve

        def resuming(request: Dict[str, Any]) -> Any:
            if request["k"] == "wait":
                waits.append(0)
                if len(waits) == 2:
                    self.command("core", "resume", cid="r")
                    self.command("custom", "set_params", {"heat": 0.5}, cid="h")
            if request["k"] == "tell" and waits and waits[-1] == 0:
                waits.append(1)
                kill(kernel)
            return serve(request)

        with mock.patch.object(kernel._server, "serve", resuming):
            kernel.save_checkpoint("a")
            self.assertFalse(looked(kernel, {"step": 1}).paused)
        self.assertEqual((self.answer("r")["decision"], toy.values["heat"]), ("applied", 0.5))
        self.assertGreaterEqual(len(waits), 2)


class Gone(KillCase):
    def test_a_sidecar_that_cannot_be_started_again_does_not_end_the_training(self) -> None:
        toy = Toy()
        kernel = self.open(toy)
        kernel.apply({"step": 0, "loss": 1.0})
        sidecar = kernel._link.sidecar
        assert sidecar is not None
        with mock.patch.dict(os.environ, {"HOTCB_NODE": "/nowhere/node"}):
            kill(kernel)
            sidecar.process.wait()
            cid = self.command("custom", "set_params", {"heat": 0.5})
            for step in range(1, 5):
                looked(kernel, {"step": step, "loss": 1.0})
            self.assertEqual(toy.values["heat"], 1.0)
        kernel._link._retry_at = 0
        looked(kernel, {"step": 5, "loss": 1.0})
        self.assertEqual((toy.values["heat"], self.answer(cid)["step"]), (0.5, 5))
        kernel.close()
        self.assertEqual([line["step"] for line in self.lines("hotcb.metrics.jsonl")], list(range(6)))
        log = Path(self.dir, "hotcb.log").read_text()
        self.assertIn("was killed (signal 9)", log)
        self.assertIn("no commands are accepted until the hotcb sidecar can be started again", log)

    def test_a_change_without_its_line_is_put_back_if_no_other_sidecar_can_make_it(self) -> None:
        toy = Toy()
        kernel = self.open(toy)
        kernel.apply({"step": 0})
        self.kill_at(kernel, "set", "after")
        cid = self.command("custom", "set_params", {"heat": 0.5})
        with mock.patch.dict(os.environ, {"HOTCB_NODE": "/nowhere/node"}):
            looked(kernel, {"step": 1})
            self.assertEqual((toy.values["heat"], self.answers(cid)), (1.0, []))
        kernel._link._retry_at = 0
        looked(kernel, {"step": 2})
        self.assertEqual((toy.values["heat"], self.answer(cid)["step"]), (0.5, 2))

    def test_metrics_are_kept_in_the_ring_and_then_written_here(self) -> None:
        kernel = self.open(Toy())
        kernel.apply({"step": 0})
        sidecar = kernel._link.sidecar
        assert sidecar is not None
        count = 30_000
        with mock.patch.dict(os.environ, {"HOTCB_NODE": "/nowhere/node"}):
            kill(kernel)
            sidecar.process.wait()
            for step in range(count):
                kernel.apply({"step": step, "metrics": {"loss": step / 2, "odd": float("nan")}})
        kernel._link._retry_at = 0
        kernel.close()
        lines = self.lines("hotcb.metrics.jsonl")
        self.assertEqual([line["step"] for line in lines], list(range(count)))
        self.assertEqual(lines[count // 2]["metrics"], {"loss": count // 2 / 2, "odd": None})
