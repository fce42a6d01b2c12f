"""The scale never affects a schedule, and the rate used is exactly the schedule's rate times the scale."""

from __future__ import annotations

import math
import random
import unittest
import warnings
from typing import Any, Callable, Dict, List, Optional, Tuple

import torch
from torch.optim import lr_scheduler as kinds

from hotcb_bridge import optimizer_actuators

Rates = List[float]


def cosine_with_warmup(epoch: int) -> float:
    """Like transformers' ``get_cosine_schedule_with_warmup``, with 10 warm-up steps of 60."""
    if epoch < 10:
        return epoch / 10
    return max(0.0, 0.5 * (1.0 + math.cos(math.pi * (epoch - 10) / 50)))


SCHEDULES: Dict[str, Callable[[Any], Any]] = {
    "StepLR": lambda o: kinds.StepLR(o, 5, 0.5),
    "ExponentialLR": lambda o: kinds.ExponentialLR(o, 0.97),
    "CosineAnnealingLR": lambda o: kinds.CosineAnnealingLR(o, 40),
    "LambdaLR": lambda o: kinds.LambdaLR(o, lambda epoch: 1 / (1 + epoch)),
    "MultiplicativeLR": lambda o: kinds.MultiplicativeLR(o, lambda epoch: 0.95),
    "OneCycleLR": lambda o: kinds.OneCycleLR(o, 0.1, total_steps=60),
    "CyclicLR": lambda o: kinds.CyclicLR(o, 1e-3, 1e-1, cycle_momentum=False),
    "CosineAnnealingWarmRestarts": lambda o: kinds.CosineAnnealingWarmRestarts(o, 10),
    "SequentialLR": lambda o: kinds.SequentialLR(
        o, [kinds.LinearLR(o, 0.1, total_iters=5), kinds.CosineAnnealingLR(o, 40)], [5]
    ),
    "ReduceLROnPlateau": lambda o: kinds.ReduceLROnPlateau(o, patience=2),
    "transformers' cosine with warm-up": lambda o: kinds.LambdaLR(o, cosine_with_warmup),
    "a rate written by the loop": lambda o: None,
    "a rate multiplied by the loop": lambda o: None,
}


def train(kind: str, scale_at: Callable[[int], Optional[Rates]]) -> Tuple[List[Rates], List[Optional[Rates]], Any]:
    """Trains 50 steps; every seventh does not call the optimizer.

    Returns:
        The schedule's rate at each step, the rates that the optimizer used, and the states at the end.
    """
    torch.manual_seed(0)
    params = [torch.nn.Parameter(torch.randn(3)) for _ in range(2)]
    optimizer = torch.optim.SGD([{"params": [params[0]], "lr": 0.1}, {"params": [params[1]], "lr": 0.01}])
    used: List[Optional[Rates]] = []
    rate = optimizer_actuators(optimizer, schedule="own")[0]
    optimizer.register_step_pre_hook(lambda o, *_: used.append([group["lr"] for group in o.param_groups]))
    schedule = SCHEDULES[kind](optimizer)
    base: List[Rates] = []
    for step in range(50):
        for i, group in enumerate(optimizer.param_groups):
            if kind == "a rate written by the loop":
                group["lr"] = 0.1 * math.cos(step / 40) / (i + 1)
            if kind == "a rate multiplied by the loop":
                group["lr"] *= 0.97
        base.append([group["lr"] for group in optimizer.param_groups])
        scales = scale_at(step)
        if scales is not None and rate.set_scale is not None:
            rate.set_scale(scales)
        for param in params:
            param.grad = torch.ones(3)
        if step % 7 == 3:
            used.append(None)
        else:
            optimizer.step()
        if kind == "ReduceLROnPlateau":
            schedule.step(1.0)
        elif schedule is not None:
            schedule.step()
    state = schedule.state_dict() if schedule is not None else None
    return base, used, [optimizer.state_dict()["param_groups"], str(state)]


class Schedules(unittest.TestCase):
    def test_every_kind_of_schedule(self) -> None:
        chance = random.Random(1)
        scales = [[chance.choice([1.0, 0.5, 0.3, 2.0]), chance.choice([1.0, 0.5])] for _ in range(50)]
        for kind in SCHEDULES:
            with self.subTest(kind), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                base, _, state = train(kind, lambda step: None)
                base_with, used, state_with = train(kind, lambda step: scales[step])
                self.assertEqual(base_with, base)
                self.assertEqual(state_with, state)
                for step, rates in enumerate(used):
                    if rates is not None:
                        self.assertEqual(rates, [one * scale for one, scale in zip(base[step], scales[step])])

    def test_a_step_that_raises_leaves_no_scale(self) -> None:
        weight = torch.nn.Parameter(torch.ones(1))
        optimizer = torch.optim.SGD([weight], lr=0.5)
        rate = optimizer_actuators(optimizer, schedule="own")[0]
        assert rate.set_scale is not None
        rate.set_scale([0.5])

        def closure() -> float:
            raise ValueError("no loss")

        with self.assertRaises(ValueError):
            optimizer.step(closure)
        seen: List[float] = []
        optimizer.register_step_pre_hook(lambda o, *_: seen.append(o.param_groups[0]["lr"]))
        weight.grad = torch.ones(1)
        optimizer.step()
        self.assertEqual((seen, optimizer.param_groups[0]["lr"]), ([0.25], 0.5))


if __name__ == "__main__":
    unittest.main()
