"""A training run in asyncio: other coroutines run while it is paused."""

from __future__ import annotations

import asyncio
import unittest
from typing import List

from hotcb_bridge import BridgeError, HotKernel
from support import RunCase, Toy


class Async(RunCase):
    async def paused(self, kernel: HotKernel) -> "asyncio.Task[object]":
        """Returns a safe point that is waiting in a pause."""
        kernel.continue_from(0)
        await kernel.apply_async({"step": 0, "loss": 1.0})
        self.command("core", "pause", cid="p")
        kernel.look()
        task: "asyncio.Task[object]" = asyncio.create_task(kernel.apply_async({"step": 1, "loss": 1.0}))
        while not self.answers("p"):
            await asyncio.sleep(0.001)
        return task

    def test_other_coroutines_run_in_a_pause_and_changes_in_it_belong_to_its_safe_point(self) -> None:
        async def train() -> object:
            kernel = self.open(toy)
            task = await self.paused(kernel)
            self.command("custom", "set_params", {"heat": 0.5}, cid="h")
            while not self.answers("h"):
                await asyncio.sleep(0.001)
            self.assertFalse(task.done())
            self.command("core", "resume", cid="r")
            result = await task
            kernel.close()
            return result

        toy = Toy()
        self.assertEqual(asyncio.run(train()), (False, False, None, False, False))
        self.assertEqual(toy.values["heat"], 0.5)
        self.assertEqual([(self.answer(cid)["step"], self.answer(cid)["call"]) for cid in "phr"], [(1, 0)] * 3)
        self.assertEqual([line["step"] for line in self.lines("hotcb.metrics.jsonl")], [0, 1])

    def test_a_second_safe_point_in_a_pause_is_refused(self) -> None:
        async def train() -> None:
            kernel = self.open(Toy())
            task = await self.paused(kernel)
            with self.assertRaisesRegex(BridgeError, "or while another `apply` is waiting"):
                await kernel.apply_async({"step": 1})
            self.command("core", "resume")
            await task

        asyncio.run(train())

    def test_a_cancelled_task_leaves_the_pause_and_the_run_stays_paused(self) -> None:
        states: List[str] = []

        async def train() -> None:
            kernel = self.open(Toy())
            task = await self.paused(kernel)
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task
            # The pause is not lost: the next safe point waits too, with the same process.
            again = asyncio.create_task(kernel.apply_async({"step": 2}))
            await asyncio.sleep(0.05)
            states.append("done" if again.done() else "paused")
            self.command("core", "resume", cid="r")
            await again

        asyncio.run(train())
        self.assertEqual((states, self.answer("r")["step"]), (["paused"], 2))
        self.assertEqual([line["op"] for line in self.lines() if line["op"] == "attempt"], ["attempt"])


if __name__ == "__main__":
    unittest.main()
