"""One trial of a sweep in PyTorch: two interleaved half circles, told apart by a small network.

hotcb_trial comes with the sweep: it is in PYTHONPATH of every trial. A pause saves a checkpoint, and the next attempt continues.
"""
import os
import sys

import torch
from hotcb_trial import TrialPruned, log_result, params

STEPS = int(os.environ.get("STEPS", "200"))
CHECKPOINT = os.path.join(os.environ["HOTCB_RUN_DIR"], "model.pt")


def half_circles(count, seed):
    generator = torch.Generator().manual_seed(seed)
    angle = torch.rand(count, generator=generator) * torch.pi
    label = (torch.rand(count, generator=generator) < 0.5).float()
    x = torch.where(label == 1, torch.cos(angle), 1 - torch.cos(angle))
    y = torch.where(label == 1, torch.sin(angle), 0.5 - torch.sin(angle))
    points = torch.stack([x, y], dim=1)
    return points + 0.1 * torch.randn(points.shape, generator=generator), label


torch.manual_seed(0)
values = params()
model = torch.nn.Sequential(
    torch.nn.Linear(2, values["width"]), torch.nn.Tanh(), torch.nn.Linear(values["width"], 1)
)
optimizer = torch.optim.Adam(model.parameters(), lr=values["lr"])
loss_of = torch.nn.BCEWithLogitsLoss()
points, labels = half_circles(256, seed=1)
val_points, val_labels = half_circles(256, seed=2)

first = 0
if os.path.exists(CHECKPOINT):
    saved = torch.load(CHECKPOINT)
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    first = saved["step"]

try:
    for step in range(first + 1, STEPS + 1):
        optimizer.zero_grad()
        loss_of(model(points).squeeze(1), labels).backward()
        optimizer.step()
        if step % 20 == 0:
            with torch.no_grad():
                log_result("val_loss", loss_of(model(val_points).squeeze(1), val_labels), step=step)
except TrialPruned as asked:
    # The value of this step is written. A paused trial continues later.
    if asked.action == "pause":
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step}, CHECKPOINT)
    sys.exit(0)

with torch.no_grad():
    logits = model(val_points).squeeze(1)
    log_result("val_loss", loss_of(logits, val_labels))
    log_result("val_accuracy", ((logits > 0).float() == val_labels).float().mean())
