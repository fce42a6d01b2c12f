"""A small Lightning training run: a schedule, accumulation, validation, and data that depends on the step."""

from __future__ import annotations

import logging
import warnings
from typing import Any, Dict, List, Optional

import lightning.pytorch as pl
import torch

from hotcb_bridge import HotKernel, weights_sha256
from hotcb_bridge.adapters.lightning import HotCBLightning

warnings.filterwarnings("ignore")
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


class Model(pl.LightningModule):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.net = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1))
        self.mutable_state = {"weights": {"mse": 1.0, "l2": 0.0}, "terms": {}}
        self.used: List[float] = []
        self.clips: List[Any] = []

    def training_step(self, batch: Any, batch_idx: int) -> Any:
        x, y = batch
        weights = self.mutable_state["weights"]
        loss = weights["mse"] * torch.nn.functional.mse_loss(self.net(x), y)
        loss = loss + weights["l2"] * sum((p**2).sum() for p in self.net.parameters())
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        x, y = batch
        self.log("val_loss", torch.nn.functional.mse_loss(self.net(x), y))

    def configure_gradient_clipping(
        self, optimizer: Any, gradient_clip_val: Any = None, gradient_clip_algorithm: Any = None
    ) -> None:
        self.clips.append(gradient_clip_val)
        self.clip_gradients(optimizer, gradient_clip_val, gradient_clip_algorithm)

    def configure_optimizers(self) -> Any:
        optimizer = torch.optim.AdamW(self.parameters(), lr=0.02)
        optimizer.register_step_pre_hook(lambda one, *_: self.used.append(one.param_groups[0]["lr"]))
        schedule = torch.optim.lr_scheduler.StepLR(optimizer, 10, 0.5)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def data(rows: int, seed: int) -> Any:
    draw = torch.Generator().manual_seed(seed)
    x = torch.randn(rows, 8, generator=draw)
    return torch.utils.data.TensorDataset(x, x.sum(1, keepdim=True))


def loader(rows: int = 128, seed: int = 1, size: int = 8) -> Any:
    return torch.utils.data.DataLoader(data(rows, seed), batch_size=size)


def trainer(callbacks: List[Any], **more: Any) -> Any:
    given: Dict[str, Any] = {
        "max_epochs": 2,
        "accelerator": "cpu",
        "devices": 1,
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
        **more,
    }
    return pl.Trainer(callbacks=callbacks, **given)


def fit(directory: str, *callbacks: Any, path: Optional[str] = None, kernel: Optional[HotKernel] = None, **more: Any) -> Any:
    """Trains a model.

    Returns:
        The model, and the SHA-256 of its weights.
    """
    model = Model()
    hot = HotCBLightning(kernel or HotKernel(directory))
    one = trainer([hot, *callbacks], **more)
    one.fit(model, loader(), loader(16, 2), ckpt_path=path)
    return model, weights_sha256(model)
