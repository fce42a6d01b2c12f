"""A convolutional network on CIFAR-10, for ``hotcb bench eval``.

It writes a JSON line at the start and after each evaluation, and then waits for a line: ``go`` or ``end``. While it
waits, another process may send commands. They take effect at the next step, so that a run does not depend on the speed
of the machine. The last line contains the result.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any, Dict, Sequence, Tuple

from . import HotKernel, mutable_state, optimizer_actuators, torch_checkpoint, weights_sha256

BATCH = 64
EVALUATE_STEPS = 44
#: The number of test images used for an evaluation during training. The last evaluation uses all of them.
LOOK_ROWS = 1000
RECORD = 1 + 3 * 32 * 32


def read_part(files: Sequence[Path]) -> Tuple[Any, Any]:
    """Returns images of 3 x 32 x 32 values around 0, and their labels, from files in CIFAR-10's binary version."""
    import torch

    rows = torch.cat([torch.frombuffer(bytearray(file.read_bytes()), dtype=torch.uint8).view(-1, RECORD) for file in files])
    return (rows[:, 1:].float() / 255 - 0.5).view(-1, 3, 32, 32) * 4, rows[:, 0].long()


def network() -> Any:
    from torch import nn

    def block(before: int, after: int) -> Tuple[Any, ...]:
        return nn.Conv2d(before, after, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)

    return nn.Sequential(*block(3, 16), *block(16, 32), *block(32, 64), nn.Flatten(), nn.Linear(1024, 10))


def measure(model: Any, images: Any, labels: Any) -> Tuple[float, float]:
    """Returns the mean cross entropy and the accuracy, from 0 to 1."""
    import torch
    from torch.nn import functional as F

    with torch.no_grad():
        outputs = torch.cat([model(part) for part in images.split(1000)])
    right = (outputs.argmax(1) == labels).float().mean()
    return F.cross_entropy(outputs, labels).item(), right.item()


def say(line: Dict[str, Any]) -> None:
    # JSON cannot represent non-finite numbers.
    finite = {name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in line.items()}
    print(json.dumps(finite), flush=True)


def goes_on(line: Dict[str, Any]) -> bool:
    say(line)
    return sys.stdin.readline().strip() == "go"


def train(given: argparse.Namespace) -> None:
    import torch
    from torch.nn import functional as F

    torch.manual_seed(given.seed)
    data = Path(given.data)
    images, labels = read_part(sorted(data.glob("data_batch_*.bin")))
    test = read_part([data / "test_batch.bin"])
    model = network()
    if given.optimizer == "adam":
        optimizer: Any = torch.optim.Adam(model.parameters(), lr=given.lr)
    else:
        optimizer = torch.optim.SGD(model.parameters(), lr=given.lr, momentum=0.9)
    save, load = torch_checkpoint(model=model, optimizer=optimizer)
    state = mutable_state(optimizer_actuators(optimizer))
    step = computed = 0
    with HotKernel(given.run_dir, mutable_state=state, save=save, load=load) as kernel:
        kernel.continue_from(step, max_steps=given.max_steps)
        runs = goes_on({"k": "start"})
        kernel.look()
        while runs and computed < given.max_steps:
            draw = torch.Generator().manual_seed(given.seed * 1_000_003 + step)
            batch = torch.randint(len(labels), (BATCH,), generator=draw)
            loss = F.cross_entropy(model(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            computed += 1
            metrics, events = {"train_loss": loss.item()}, ["train_step_end"]
            is_look = (step + 1) % EVALUATE_STEPS == 0
            if is_look:
                metrics["val_loss"], metrics["val_accuracy"] = measure(model, test[0][:LOOK_ROWS], test[1][:LOOK_ROWS])
                events.append("val_epoch_end")
            # The budget counts computed steps, so after a rollback the last step is lower.
            end = step + 1 + given.max_steps - computed
            result = kernel.apply({"step": step, "max_steps": end, "metrics": metrics}, events)
            if is_look and result.rewound is None and not result.stop:
                # A contact writes the metrics that were recorded before it.
                kernel.look()
                result = kernel.apply({"step": step, "max_steps": end})
            if is_look and result.rewound is None and not result.stop:
                rate = optimizer.param_groups[0]["lr"]
                runs = goes_on({"k": "look", "step": step, "loss": metrics["val_loss"], "lr": rate})
                kernel.look()
            if result.stop:
                break
            step = step + 1 if result.rewound is None else result.rewound
    loss, accuracy = measure(model, *test)
    say({"k": "end", "loss": loss, "accuracy": accuracy, "steps": computed, "last": step, "weights": weights_sha256(model)})


def main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m hotcb_bridge._bench", description=__doc__)
    parser.add_argument("--data", required=True, help="the directory that contains the binary version of CIFAR-10")
    parser.add_argument("--run-dir", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--optimizer", choices=["sgd", "adam"], required=True)
    parser.add_argument("--lr", type=float, required=True)
    parser.add_argument("--max-steps", type=int, required=True)
    train(parser.parse_args(words))


if __name__ == "__main__":
    main(sys.argv[1:])
