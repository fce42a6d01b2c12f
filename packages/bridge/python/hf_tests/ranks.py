"""A training run of Hugging Face's Trainer on two ranks, for torchrun: ranks.py RUN_DIR OUTPUT_DIR [CHECKPOINT].

Each rank prints its weights and the values that it trained with.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from typing import Any, List

import torch.distributed as dist
from transformers import TrainerCallback

from hotcb_bridge import HotKernel, float_actuator
from training import train


class Heat(TrainerCallback):  # type: ignore[misc]
    """Its control refuses odd values on rank 1. The value is only recorded and has no effect on the training."""

    def __init__(self) -> None:
        self.heat = 1.0
        self.seen: List[Any] = []

    def set(self, value: float) -> None:
        if value % 2 == 1 and os.environ["RANK"] == "1":
            raise ValueError("not on this rank")
        self.heat = value

    def on_step_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        decay = more["optimizer"].param_groups[0]["weight_decay"]
        self.seen.append([state.global_step, self.heat, decay, args.max_grad_norm])


def run(directory: str, folder: str, *resume: str) -> None:
    heat = Heat()
    kernel = HotKernel(directory, mutable_state=[float_actuator("heat", get=lambda: heat.heat, set=heat.set)])
    saves = {"save_strategy": "steps", "save_steps": 6, "max_steps": 22}
    trainer, digest = train(directory, folder, *resume, kernel=kernel, callbacks=[heat], **saves)
    print(json.dumps({"rank": trainer.args.process_index, "weights": digest, "seen": heat.seen}))


run(*sys.argv[1:])
# PyTorch sometimes aborts a rank if the interpreter destroys the process group. No object of `run` refers to it now.
gc.collect()
dist.destroy_process_group()
