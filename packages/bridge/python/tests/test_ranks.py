"""A training run on several ranks: all have the same values at every step, and a lost rank is reported."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
import unittest
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Tuple

from hotcb_bridge import BridgeError, HotKernel
from support import RunCase, Toy, looked
from test_kill import kill

STEPS = 60


class Pipes:
    """A collective of two processes over a pipe."""

    world_size = 2

    def __init__(self, rank: int, other: Connection) -> None:
        self.rank = rank
        self.other = other

    def broadcast(self, data: Optional[bytes]) -> bytes:
        if data is None:
            return self.other.recv_bytes()
        self.other.send_bytes(data)
        return data

    def all_gather(self, data: bytes) -> List[bytes]:
        self.other.send_bytes(data)
        theirs = self.other.recv_bytes()
        return [data, theirs] if self.rank == 0 else [theirs, data]


Hook = Callable[[int, int, HotKernel, Toy], None]
Seen = List[Tuple[int, float, float]]


def train(rank: int, port: Pipes, directory: str, hook: Hook) -> Seen:
    toy = Toy()
    seen: Seen = []
    kernel = HotKernel(directory, mutable_state=toy.state(), save=toy.save, load=toy.load, collective=port)
    hook(-1, rank, kernel, toy)
    kernel.continue_from(0)
    step = 0
    while step < STEPS:
        hook(step, rank, kernel, toy)
        if step % 3 == 0:
            kernel._place.due = -1  # On both ranks: these steps are so fast that they would synchronize only once.
        result = kernel.apply({"step": step, "loss": float(step)}, ["train_step_end"])
        seen.append((step, toy.values["heat"], toy.weights["aux"]))
        step = step + 1 if result.rewound is None else result.rewound
    kernel.close()
    return seen


def follow(port: Pipes, directory: str, hook: Hook, tell: Connection) -> None:
    try:
        tell.send(train(1, port, directory, hook))
    except BaseException as error:
        tell.send(repr(error))
    # Removes the test runner's signal handlers.
    os._exit(0)


NUDGE = """
import os
class Nudge:
    def __init__(self, id):
        self.rank = os.environ.get("HOTCB_TEST_RANK", "0")
    def handle(self, event, env):
        if self.rank == "0":
            env["log"]("nudged on rank 0")
        else:
            with open(os.path.join(env["run_dir"], "rank1.txt"), "a") as file:
                file.write("x")
class Trips(Nudge):
    def handle(self, event, env):
        if self.rank == "1" and env["step"] >= 6:
            raise RuntimeError("only here")
        super().handle(event, env)
class Refused(Nudge):
    def __init__(self, id):
        super().__init__(id)
        if self.rank == "1":
            raise RuntimeError("not here")
"""


class Ranks(RunCase):
    def train(self, hook: Hook) -> Tuple[Seen, Any]:
        """Returns the values that both ranks had; None for a rank that did not report them."""
        forks = multiprocessing.get_context("fork")
        ours, theirs = forks.Pipe()
        told, tell = forks.Pipe(duplex=False)

        def other() -> None:
            ours.close()
            follow(Pipes(1, theirs), self.dir, hook, tell)

        process = forks.Process(target=other)
        process.start()
        self.addCleanup(process.kill)
        theirs.close()
        tell.close()
        try:
            seen = train(0, Pipes(0, ours), self.dir, hook)
        finally:
            ours.close()
            self.other = process.pid
        process.join(30)
        try:
            return seen, told.recv()
        except EOFError:
            return seen, None

    def test_a_change_is_made_on_all_ranks_or_on_none_and_the_line_names_those_that_refused(self) -> None:
        def hook(step: int, rank: int, kernel: HotKernel, toy: Toy) -> None:
            if step == -1 and rank == 1:
                toy.hook = refuse
            if rank == 0 and step in plan:
                self.command("custom", "set_params", {"heat": plan[step]}, cid=f"c{step}")
                kernel.look()

        def refuse(value: float) -> None:
            if value == 7:
                raise ValueError("not on this rank")

        plan = {3: 0.5, 10: 7.0, 20: 13.0, 30: 0.25}
        one, other = self.train(hook)
        self.assertEqual(one, other)
        self.assertEqual(one[-1][1], 0.25)
        self.assertNotIn(7.0, [heat for _, heat, _ in one])
        self.assertEqual([self.answer(f"c{step}")["decision"] for step in plan], ["applied", "failed", "failed", "applied"])
        refused = self.answer("c10")
        self.assertEqual(refused["ranks"], [1])
        self.assertIn("rank 1: ValueError: not on this rank", refused["error"])
        # If all ranks refuse it, no rank is named.
        self.assertEqual((self.answer("c20")["ranks"], "rank" in self.answer("c20")["error"]), (None, False))

    def test_a_ramp_moves_on_all_ranks_between_the_places_where_they_meet(self) -> None:
        def hook(step: int, rank: int, kernel: HotKernel, toy: Toy) -> None:
            if rank == 0 and step == 0:
                ramp = {"type": "linear", "steps": 30, "start": 0, "end": 3}
                self.command("loss", "set_params", {"ramps.aux": ramp})

        one, other = self.train(hook)
        self.assertEqual(one, other)
        self.assertEqual(len({aux for _, _, aux in one}), 31)

    def test_a_callback_is_loaded_on_all_ranks_or_on_none(self) -> None:
        source = os.path.join(self.dir, "nudge.py")
        with open(source, "w") as file:
            file.write(NUDGE)

        def hook(step: int, rank: int, kernel: HotKernel, toy: Toy) -> None:
            if step == -1 and rank == 1:
                os.environ["HOTCB_TEST_RANK"] = "1"
            if rank == 0 and step in (3, 9):
                target = {"kind": "python_file", "path": source, "symbol": {3: "Nudge", 9: "Refused"}[step]}
                self.command("cb", "load", id="nudge", target=target, cid=f"c{step}")
                kernel.look()

        one, other = self.train(hook)
        self.assertEqual((self.answer("c3")["decision"], self.answer("c9")["decision"]), ("applied", "failed"))
        self.assertIn("rank 1: RuntimeError: not here", self.answer("c9")["error"])
        logged = Path(self.dir, "hotcb.log").read_text().count("nudged on rank")
        self.assertEqual(logged, STEPS - self.answer("c3")["step"])
        self.assertEqual(Path(self.dir, "rank1.txt").read_text().count("x"), logged)
        self.assertEqual(one, other)

    def test_a_callback_that_raises_on_another_rank_is_in_the_ledger_and_stops_on_all(self) -> None:
        source = os.path.join(self.dir, "nudge.py")
        with open(source, "w") as file:
            file.write(NUDGE)

        def hook(step: int, rank: int, kernel: HotKernel, toy: Toy) -> None:
            if step == -1 and rank == 1:
                os.environ["HOTCB_TEST_RANK"] = "1"
            if rank == 0 and kernel._meetings.lead is not None:
                kernel._meetings.lead._answered = 0.0  # These steps are too fast for the timed check.
            if rank == 0 and step == 3:
                target = {"kind": "python_file", "path": source, "symbol": "Trips"}
                self.command("cb", "load", id="nudge", target=target, cid="load")
                kernel.look()
            if rank == 0 and step == 40:
                self.command("cb", "enable", id="nudge", cid="again")
                kernel.look()

        one, other = self.train(hook)
        self.assertEqual((one, self.answer("load")["decision"]), (other, "applied"))
        first, second = [line for line in self.lines() if line["op"] == "disable"]
        self.assertRegex(first["payload"]["reason"], r"^rank 1: raised at step 6, .*: RuntimeError: only here$")
        self.assertTrue(6 < first["step"] < 40 < second["step"], (first["step"], second["step"]))
        self.assertIn("rank 1: raised at step", second["payload"]["reason"])

    def test_a_load_that_fails_on_one_rank_leaves_all_as_they_were(self) -> None:
        def hook(step: int, rank: int, kernel: HotKernel, toy: Toy) -> None:
            if step == -1 and rank == 1:
                toy.loaded = refuse
            if rank == 0 and step in plan:
                module, op, params = plan[step]
                self.command(module, op, params, cid=f"c{step}")
                kernel.look()

        def refuse(directory: str) -> None:
            if directory.endswith("/a"):
                raise ValueError("not on this rank")

        plan = {
            3: ("core", "checkpoint", {"action": "save", "tag": "a"}),
            10: ("custom", "set_params", {"heat": 0.5}),
            20: ("core", "checkpoint", {"action": "load", "tag": "a"}),
            30: ("loss", "set_params", {"ce": 0.25}),
        }
        one, other = self.train(hook)
        self.assertEqual((one, len(one), one[-1][1]), (other, STEPS, 0.5))
        load = self.answer("c20")
        self.assertEqual((load["decision"], load["ranks"]), ("failed", [1]))
        self.assertIn("rank 1: ValueError: not on this rank", load["error"])
        self.assertEqual(self.answer("c30")["decision"], "applied")
        # The copies that were kept for undoing it have been removed.
        self.assertEqual([name for name in os.listdir(self.dir) if "before-load" in name], [])

    def test_a_load_that_cannot_be_put_back_ends_the_commands_and_is_told(self) -> None:
        def hook(step: int, rank: int, kernel: HotKernel, toy: Toy) -> None:
            if step == -1 and rank == 1:
                toy.loaded = refuse
            if rank == 0 and step in (3, 20):
                self.command("core", "checkpoint", {"action": {3: "save", 20: "load"}[step], "tag": "a"}, cid=f"c{step}")
                kernel.look()

        def refuse(directory: str) -> None:
            raise ValueError("not on this rank")

        one, _ = self.train(hook)
        self.assertEqual((len(one), self.answer("c20")["decision"]), (STEPS, "failed"))
        lost = [line["error"] for line in self.lines() if line["op"] == "collective"]
        self.assertEqual(len(lost), 1)
        self.assertIn("the ranks differ: a change could not be undone: rank 1: ValueError: not on this rank", lost[0])

    def test_a_loaded_checkpoint_takes_all_ranks_back(self) -> None:
        asked: List[str] = []

        def hook(step: int, rank: int, kernel: HotKernel, toy: Toy) -> None:
            if rank == 0 and step in (5, 20, 30) and len(asked) < 3:
                params = [{"action": "save", "tag": "a"}, {"heat": 0.5}, {"action": "load", "tag": "a"}][len(asked)]
                module, op = ("custom", "set_params") if "heat" in params else ("core", "checkpoint")
                asked.append(self.command(module, op, params))
                kernel.look()

        one, other = self.train(hook)
        self.assertEqual(one, other)
        self.assertGreater(len(one), STEPS)
        self.assertEqual(one[-1][1], 1.0)

    def test_a_killed_sidecar_leaves_all_ranks_equal(self) -> None:
        values: Dict[int, float] = {4: 0.5, 12: 0.75, 25: 0.25}
        killed: List[int] = []

        def hook(step: int, rank: int, kernel: HotKernel, toy: Toy) -> None:
            if rank == 0 and step == -1:
                toy.hook = lambda value: killed.append(0) or kill(kernel) if value == 0.75 and not killed else None
            if rank == 0 and step in values:
                self.command("custom", "set_params", {"heat": values[step]}, cid=f"c{step}")
                kernel.look()

        one, other = self.train(hook)
        self.assertEqual((one, killed), (other, [0]))
        self.assertEqual([self.answer(f"c{step}")["decision"] for step in values], ["applied"] * 3)
        self.assertEqual(one[-1][1], 0.25)

    def test_a_rank_that_is_killed_is_named_and_the_training_goes_on(self) -> None:
        sent: List[str] = []

        def hook(step: int, rank: int, kernel: HotKernel, toy: Toy) -> None:
            if rank == 1 and step == 10:
                os.kill(os.getpid(), signal.SIGKILL)
            if rank == 0 and step > 10:
                # A lost rank is detected after some time, not after a number of steps.
                time.sleep(0.02)
                if not sent and any(line["op"] == "collective" for line in self.lines()):
                    sent.append(self.command("custom", "set_params", {"heat": 0.5}, cid="late"))
            kernel.look()

        one, other = self.train(hook)
        self.assertEqual((len(one), other), (STEPS, None))
        lost = [line for line in self.lines() if line["op"] == "collective"]
        self.assertEqual(len(lost), 1)
        self.assertIn(f"rank 1 (pid {self.other}) has ended", lost[0]["error"])
        # It can no longer be applied on all ranks, so it stays in the command file for the next start.
        self.assertEqual((len(sent), self.answers("late"), one[-1][1]), (1, [], 1.0))
        self.assertEqual(len(self.lines("hotcb.metrics.jsonl")), STEPS)

    def test_if_rank_0_cannot_begin_the_others_say_why(self) -> None:
        def hook(step: int, rank: int, kernel: HotKernel, toy: Toy) -> None:
            if rank == 0:
                kernel._link._node = "/nowhere/node"

        with self.assertRaisesRegex(BridgeError, "there is no Node at `/nowhere/node`"):
            self.train(hook)

    def test_a_training_on_several_ranks_needs_a_way_to_reach_them(self) -> None:
        os.environ.update({"TORCHELASTIC_RUN_ID": "x", "WORLD_SIZE": "4"})
        self.addCleanup(lambda: [os.environ.pop(name) for name in ("TORCHELASTIC_RUN_ID", "WORLD_SIZE")])
        with self.assertRaisesRegex(BridgeError, "has started 4 ranks: call torch.distributed.init_process_group"):
            looked(HotKernel(self.dir), {"step": 0})
        with self.assertRaisesRegex(BridgeError, "on 4 ranks needs a `collective`"):
            looked(HotKernel(self.dir, collective=None), {"step": 0})


if __name__ == "__main__":
    unittest.main()
