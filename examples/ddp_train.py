"""A data-parallel training whose learning rate and dropout are changed from another shell, on all ranks at the same step.

torchrun --nproc_per_node=2 examples/ddp_train.py [QUEUE [STEPS]]

runtimectl -q /tmp/runtimectl-ddp optimizer.lr.multiplier 0.5
runtimectl -q /tmp/runtimectl-ddp model.dropout.p 0.2
runtimectl -q /tmp/runtimectl-ddp status
"""

import sys
import time

import torch
import torch.distributed as dist
from hotcb_bridge import RuntimeController, weights_sha256
from torch.nn.functional import mse_loss
from torch.nn.parallel import DistributedDataParallel

queue = sys.argv[1] if len(sys.argv) > 1 else "/tmp/runtimectl-ddp"
steps, step_seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 200, 0.05

dist.init_process_group("gloo")  # "nccl" on GPUs
rank = dist.get_rank()
torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Linear(16, 32), torch.nn.ReLU(), torch.nn.Dropout(0.1), torch.nn.Linear(32, 4))
model = DistributedDataParallel(net)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)

rt = RuntimeController(queue, ddp=True)


def positive(value):
    value = float(value)
    if value <= 0:
        raise ValueError("multiplier must be > 0")
    return value


def probability(value):
    value = float(value)
    if not 0 <= value < 1:
        raise ValueError("dropout p must be in [0, 1)")
    return value


def multiply_rate(ctx, factor):
    for group in ctx["optimizer"].param_groups:
        group["lr"] *= factor


def set_dropout(ctx, p):
    for module in ctx["model"].modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = p


rt.register("optimizer.lr.multiplier", multiply_rate, positive)
rt.register("model.dropout.p", set_dropout, probability)

data = torch.Generator().manual_seed(rank)
for step in range(steps):
    x, y = torch.randn(32, 16, generator=data), torch.randn(32, 4, generator=data)
    loss = mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    # All ranks poll at each step, and apply the same commands.
    for ack in rt.poll_and_apply(ctx={"optimizer": optimizer, "model": model}, every_s=2.0):
        if rank == 0:
            print(f"step {step}: {ack['path']} {ack.get('args', ack.get('error'))} {ack['status']}", flush=True)
    time.sleep(step_seconds)

told = [None] * dist.get_world_size()
dist.all_gather_object(told, (optimizer.param_groups[0]["lr"], net[2].p, weights_sha256(net)))
if rank == 0:
    print(
        f"lr {told[0][0]}, dropout {told[0][1]}, {'same' if len(set(told)) == 1 else 'DIFFERENT'} weights on {len(told)} ranks"
    )
rt.close()
dist.destroy_process_group()
