"""runtimectl's queue: the code in runtimectl's guide runs unchanged."""

from __future__ import annotations

import multiprocessing
import os
import unittest
from typing import Any, Dict, List

from hotcb_bridge import BridgeError
from runtimectl import RuntimeController
from support import RunCase
from test_ranks import Pipes


def validate_mult(v: Any) -> float:
    v = float(v)
    if v <= 0:
        raise ValueError("multiplier must be > 0")
    return v


def apply_lr_multiplier(ctx: Dict[str, Any], mult: float) -> None:
    for pg in ctx["optimizer"]:
        pg["lr"] *= mult


def polled(rt: RuntimeController, count: int, ctx: Any = None) -> List[Dict[str, Any]]:
    """Polls until that many commands have acks, because a poll has a budget of 50 ms."""
    acks: List[Dict[str, Any]] = []
    while len(acks) < count:
        acks += rt.poll_and_apply(ctx=ctx)
    return acks


class Controller(RunCase):
    def controller(self, **more: Any) -> RuntimeController:
        rt = RuntimeController(**more)
        self.addCleanup(rt.close)
        return rt

    def acks(self) -> List[Dict[str, Any]]:
        return self.lines("acks.jsonl")

    def test_the_guide_of_runtimectl(self) -> None:
        rt = self.controller(ddp=True)
        rt.register("optimizer.lr.multiplier", apply_lr_multiplier, validate_mult)
        with self.assertRaisesRegex(BridgeError, "`configure` must be called"):
            rt.poll_and_apply()
        rt.configure(self.dir)
        saved: List[Any] = []
        rt.register("save_ckpt", lambda ctx, label="last": saved.append(label))
        optimizer = [{"lr": 0.1}]
        for args, kwargs, path in (
            ([0.5], {}, "optimizer.lr.multiplier"),
            ([-1], {}, "optimizer.lr.multiplier"),
            (["x"], {}, "optimizer.lr.multiplier"),
            ([], {}, "save_ckpt"),
            ([], {"label": "manual"}, "save_ckpt"),
            ([], {}, "unknown"),
        ):
            RuntimeController.enqueue(self.dir, path, args, kwargs)
        acks = polled(rt, 6, ctx={"optimizer": optimizer})
        self.assertEqual([ack["status"] for ack in acks], ["applied", "failed", "failed", "applied", "applied", "rejected"])
        self.assertEqual(acks, self.acks())
        self.assertEqual((optimizer, saved), ([{"lr": 0.05}], ["last", "manual"]))
        self.assertIn("multiplier must be > 0", acks[1]["error"])
        self.assertEqual(rt.poll_and_apply(every_s=0), [])

    def test_a_path_is_kept_unless_overwrite_is_set_and_a_validator_of_two_takes_all_arguments(self) -> None:
        seen: List[Any] = []
        rt = self.controller(queue_dir=self.dir)
        rt.register("x", lambda ctx, *args, **kwargs: seen.append((args, kwargs)), lambda args, kwargs: (args[:1], {"y": 2}))
        rt.register("x", lambda ctx, value: seen.append("never"))
        RuntimeController.enqueue(self.dir, "x", [1, 2, 3])
        self.assertEqual(rt.poll_and_apply(every_s=0)[0]["kwargs"], {"y": 2})
        rt.register("x", lambda ctx, value: seen.append(value), overwrite=True)
        RuntimeController.enqueue(self.dir, "x", [7])
        rt.poll_and_apply(every_s=0)
        self.assertEqual(seen, [((1,), {"y": 2}), 7])

    def test_a_killed_sidecar_applies_no_command_twice(self) -> None:
        calls: List[int] = []
        rt = self.controller(queue_dir=self.dir)

        def deadly(ctx: Any, value: int) -> None:
            calls.append(value)
            if value == 2 and rt._sidecar is not None:
                rt._sidecar.process.kill()

        rt.register("x", deadly)
        for value in (1, 2, 3):
            RuntimeController.enqueue(self.dir, "x", [value])
        for _ in range(20):
            rt.poll_and_apply(every_s=0)
        self.assertEqual(calls, [1, 2, 3])
        self.assertEqual([ack["status"] for ack in self.acks()], ["applied"] * 3)

    def test_all_ranks_apply_a_command_or_none_does(self) -> None:
        def train(rank: int, port: Pipes) -> List[Any]:
            rt = RuntimeController(self.dir, collective=port)
            state = {"value": 0}

            def apply(ctx: Any, value: int) -> Any:
                before = state["value"]
                state["value"] = value
                if value == 13 and rank == 1:
                    state["value"] = before
                    raise ValueError("not here")
                return lambda: state.update(value=before)

            rt.register("x", apply)
            seen = []
            for step in range(40):
                if rank == 0 and step in (3, 9, 15):
                    RuntimeController.enqueue(self.dir, "x", [{3: 1, 9: 13, 15: 2}[step]])
                rt._next = 0  # On both ranks: these steps are so fast that they would synchronize only once.
                acks = rt.poll_and_apply(every_s=0)
                seen.append((state["value"], [ack["status"] for ack in acks]))
            rt.close()
            return seen

        forks = multiprocessing.get_context("fork")
        ours, theirs = forks.Pipe()
        told, tell = forks.Pipe(duplex=False)

        def other() -> None:
            tell.send(train(1, Pipes(1, theirs)))
            os._exit(0)

        process = forks.Process(target=other)
        process.start()
        self.addCleanup(process.kill)
        seen = train(0, Pipes(0, ours))
        self.assertEqual(seen, told.recv())
        self.assertEqual([status for _, statuses in seen for status in statuses], ["applied", "failed", "applied"])
        self.assertEqual((seen[2][0], seen[8][0], seen[14][0], seen[-1][0]), (0, 1, 1, 2))
        self.assertIn("rank 1: ValueError: not here", self.acks()[1]["error"])
        process.join(10)


if __name__ == "__main__":
    unittest.main()
