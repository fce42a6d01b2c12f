"""A training run on several ranks, for torchrun: python ranks.py RUN_DIR STEPS [HOW].

Rank 0 prints the weights of all ranks. If HOW is ``lost``, rank 1 kills itself once at step 30.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import torch
import torch.distributed as dist

from hotcb_bridge import (
    HotKernel,
    float_actuator,
    loss_actuators,
    mutable_state,
    optimizer_actuators,
    torch_checkpoint,
    weights_sha256,
)

run_dir, steps = sys.argv[1], int(sys.argv[2])
how = sys.argv[3] if len(sys.argv) > 3 else ""
torch.set_num_threads(1)
dist.init_process_group("gloo")
rank = dist.get_rank()
torch.manual_seed(0)
model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(8, 1))
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 50, 0.9)
weights = {"mse": 1.0}
heat = {"heat": 1.0}


def set_heat(value: float) -> None:
    if value == 13 and rank == 1:
        raise ValueError("not on this rank")
    if value == 14:
        raise ValueError("nowhere")
    heat["heat"] = value


state = mutable_state(
    optimizer_actuators(optimizer, schedule=scheduler),
    loss_actuators(weights),
    float_actuator("heat", get=lambda: heat["heat"], set=set_heat),
)
save, load = torch_checkpoint(model=model, optimizer=optimizer, scheduler=scheduler)
kernel = HotKernel(run_dir, mutable_state=state, save=save, load=load)
kernel.continue_from(0)
data = torch.Generator().manual_seed(rank)
history = []
step = 0
while step < steps:
    x = torch.randn(16, 8, generator=data)
    loss = heat["heat"] * weights["mse"] * ((model(x) - x.sum(1, keepdim=True)) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
    time.sleep(0.001)
    if how == "lost" and rank == 1 and step == 30 and not Path(run_dir, "killed").exists():
        Path(run_dir, "killed").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    result = kernel.apply({"step": step, "max_steps": steps, "metrics": {"loss": loss.item()}}, ["train_step_end"])
    history.append((step, heat["heat"], weights["mse"]))
    if result.stop:
        break
    step = step + 1 if result.rewound is None else result.rewound
told = [None] * dist.get_world_size()
dist.all_gather_object(told, (weights_sha256(model), hash(tuple(history))))
kernel.close()
if rank == 0:
    for one in told:
        print("weights", *one)
dist.destroy_process_group()
