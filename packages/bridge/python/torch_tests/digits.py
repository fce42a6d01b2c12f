"""A small training run: a network on data generated from a seed, with a scheduler and dropout."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional

import torch

from hotcb_bridge import (
    HotKernel,
    loss_actuators,
    mutable_state,
    optimizer_actuators,
    torch_checkpoint,
    weights_sha256,
)


class Training:
    """Everything that a checkpoint must contain."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.model = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Dropout(0.1), torch.nn.Linear(16, 3))
        head = list(self.model[3].parameters())
        body = list(self.model[0].parameters())
        self.optimizer = torch.optim.AdamW([{"params": body, "lr": 0.02}, {"params": head, "lr": 0.01}])
        self.scheduler = torch.optim.lr_scheduler.StepLR(self.optimizer, 25, 0.7)
        self.weights = {"ce": 1.0, "l2": 0.0}
        data = torch.Generator().manual_seed(1)
        self.x = torch.randn(256, 8, generator=data)
        self.y = (self.x[:, 0] + self.x[:, 1] > 0).long() + (self.x[:, 2] > 1).long()
        self.used: List[float] = []
        self.optimizer.register_step_post_hook(lambda *_: None)

    def step(self, step: int) -> float:
        at = (step * 32) % 256
        x, y = self.x[at : at + 32], self.y[at : at + 32]
        self.optimizer.zero_grad()
        ce = torch.nn.functional.cross_entropy(self.model(x), y)
        l2 = sum((p**2).sum() for p in self.model.parameters())
        loss = self.weights["ce"] * ce + self.weights["l2"] * l2
        loss.backward()
        self.optimizer.step()
        self.scheduler.step()
        return float(loss.detach())

    def kernel(self, directory: str, **more: Any) -> HotKernel:
        save, load = torch_checkpoint(model=self.model, optimizer=self.optimizer, scheduler=self.scheduler)
        state = mutable_state(
            optimizer_actuators(self.optimizer, schedule=self.scheduler, clip_norm=1.0), loss_actuators(self.weights)
        )
        return HotKernel(directory, mutable_state=state, save=save, load=load, **more)

    def run(
        self,
        kernel: HotKernel,
        steps: int,
        before: Callable[[int], None] = lambda step: None,
        start: int = 0,
        snapshot: Optional[Dict[str, Any]] = None,
    ) -> str:
        kernel.continue_from(start, snapshot)
        step = start
        while step < steps:
            loss = self.step(step)
            before(step)
            result = kernel.apply({"step": step, "metrics": {"loss": loss}}, ["train_step_end"])
            step = step + 1 if result.rewound is None else result.rewound
        return weights_sha256(self.model)


def last_metrics(lines: List[Dict[str, Any]]) -> Dict[int, Dict[str, Any]]:
    return {line["step"]: line["metrics"] for line in lines}
