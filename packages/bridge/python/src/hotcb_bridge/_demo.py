"""A small network on handwritten digits, for ``hotcb demo --python``."""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import time
from pathlib import Path
from typing import Any, Sequence, Tuple

from . import HotKernel, loss_actuators, mutable_state, optimizer_actuators, torch_checkpoint, weights_sha256

BATCH = 64
TRAIN_ROWS = 1437
EVALUATE_STEPS = 20


def digits() -> Tuple[Any, Any]:
    """Returns images of 64 brightness values between 0 and 1, and their labels."""
    import torch

    text = gzip.decompress(Path(__file__).with_name("_digits.csv.gz").read_bytes()).decode()
    rows = torch.tensor([[float(field) for field in row] for row in csv.reader(io.StringIO(text))])
    rows = rows[torch.randperm(len(rows), generator=torch.Generator().manual_seed(1998))]
    return rows[:, :64] / 16, rows[:, 64].long()


def train(run_dir: str, max_steps: int, step_delay: float, seed: int) -> None:
    import torch
    from torch.nn import functional as F

    torch.manual_seed(seed)
    x, y = digits()
    model = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.002, weight_decay=0.01)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max_steps)
    weights = {"ce": 1.0, "l2": 0.0}
    save, load = torch_checkpoint(model=model, optimizer=optimizer, scheduler=scheduler)
    state = mutable_state(optimizer_actuators(optimizer, schedule=scheduler, clip_norm=0.0), loss_actuators(weights))
    print(f"training in {run_dir}\n  hotcb --dir {run_dir} set lr=0.005\n  hotcb --dir {run_dir} watch", flush=True)
    with HotKernel(run_dir, mutable_state=state, save=save, load=load) as kernel:
        step = 0
        kernel.continue_from(step, max_steps=max_steps)
        while step < max_steps:
            batch = torch.randint(TRAIN_ROWS, (BATCH,), generator=torch.Generator().manual_seed(seed * 1_000_003 + step))
            loss = weights["ce"] * F.cross_entropy(model(x[batch]), y[batch])
            if weights["l2"] > 0:
                loss = loss + weights["l2"] * sum((one**2).sum() for one in model.parameters())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
            metrics, events = {"train_loss": loss.item()}, ["train_step_end"]
            if (step + 1) % EVALUATE_STEPS == 0 or step + 1 == max_steps:
                with torch.no_grad():
                    told = model(x[TRAIN_ROWS:])
                metrics["val_loss"] = F.cross_entropy(told, y[TRAIN_ROWS:]).item()
                metrics["accuracy"] = (told.argmax(1) == y[TRAIN_ROWS:]).float().mean().item()
                events.append("val_epoch_end")
            result = kernel.apply({"step": step, "max_steps": max_steps, "metrics": metrics}, events)
            if result.stop:
                break
            step = step + 1 if result.rewound is None else result.rewound
            time.sleep(step_delay)
    print(f"step {step}: {', '.join(f'{name} {value:.4f}' for name, value in metrics.items())}")
    print(f"weights {weights_sha256(model)}")


def main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m hotcb_bridge._demo", description=__doc__)
    parser.add_argument("run_dir")
    parser.add_argument("--max-steps", type=int, default=1000)
    parser.add_argument("--step-delay", type=float, default=0.02, help="seconds after each step")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(words)
    train(given.run_dir, given.max_steps, given.step_delay, given.seed)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
