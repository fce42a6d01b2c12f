"""Live control of a Lightning training run: ``Trainer(callbacks=[HotCBLightning(HotKernel("runs/l"))])``."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Dict, List, Mapping, Optional, Sequence

from .._errors import BridgeError
from .._kernel import HotKernel
from ..actuators import Actuator, float_actuator
from ..capabilities import TrainingCapabilities, describe_optimizers
from ..data import DataMix
from ._found import (
    GivenState,
    add_data,
    add_missing,
    given_controls,
    is_number,
    optimizer_controls,
    restart_with,
    whole_or_none,
)

if "pytorch_lightning" in sys.modules and "lightning.pytorch" not in sys.modules:
    from pytorch_lightning import Callback
else:
    from lightning.pytorch import Callback

#: The name of the file for a checkpoint that a command has requested.
FILE = "lightning.ckpt"


class HotCBLightning(Callback):  # type: ignore[misc]
    """Puts a Lightning training run under live control.

    The controls are found when training starts: those of each optimizer, ``clip_norm``, and the loss weights in
    ``mutable_state``. Controls that the kernel already has are not replaced. There is a safe point after each optimizer
    step, and after each validation. The step is Lightning's ``global_step``: 1 after the first one.

    The state of the run is stored in Lightning's own checkpoints: ``fit(ckpt_path=...)`` continues with all changes.

    Args:
        kernel: The kernel of this training run.
        train_events, val_events: Names of the events at safe points during training, and after each validation batch.
        mutable_state: Loss weights, ``{"weights": {...}, "terms": {...}}``, or controls. Default: the LightningModule's
            attribute of that name.
        data: The mixture that the training run's loader draws from. Its weights become controls, `data.skip` can be
            called, and its counts are metrics. With several ranks, the trainer needs ``use_distributed_sampler=False``.
        every_batch: Whether there is a safe point after each batch, even while gradients are being accumulated, as in
            hotcb 2.

    Raises:
        TypeError: for a `mutable_state` of any other type, when training begins.
    """

    def __init__(
        self,
        kernel: HotKernel,
        train_events: Optional[Sequence[str]] = None,
        val_events: Optional[Sequence[str]] = None,
        mutable_state: GivenState = None,
        *,
        data: Optional[DataMix] = None,
        every_batch: bool = False,
    ) -> None:
        super().__init__()
        self.kernel = kernel
        self.train_events = list(train_events or ["train_batch_end", "train_step_end"])
        self.val_events = list(val_events or ["val_batch_end"])
        self.every_batch = every_batch
        self._given = mutable_state
        self._data = data
        self._capabilities: Optional[TrainingCapabilities] = None
        # The snapshot in the checkpoint from which training continues.
        self._snapshot: Optional[Dict[str, Any]] = None
        # The snapshot in the last checkpoint that was saved.
        self._kept: Optional[str] = None
        self._is_saving = False
        self._is_training = False
        self._step = -1
        self._total: Dict[str, Any] = {}
        # The metrics of the last safe point. Metrics that are still the same objects have not changed.
        self._told: Dict[str, Any] = {}

    # -- the life of a training run

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        how = f"`trainer.fit(model, ckpt_path=...)`, where the file is TAG/{FILE},"
        self.kernel.set_framework(
            save=lambda directory, step: self._save(trainer, directory),
            no_load=restart_with(self.kernel, "Lightning", how),
            collective_save=True,
        )
        controls, losses = given_controls(self._given, pl_module)
        schedules = schedules_of(trainer)
        add_missing(self.kernel, [*optimizer_controls(trainer.optimizers, schedules), *clip_controls(trainer, pl_module)])
        add_missing(self.kernel, controls)
        add_data(self.kernel, self._data, trainer.accumulate_grad_batches)
        self._step = int(trainer.global_step)
        self._total = total_of(trainer)
        self.kernel.continue_from(self._step + 1, self._snapshot_of(trainer), **self._total)
        self._is_training = True
        if trainer.is_global_zero:
            self._capabilities = self._find_capabilities(trainer, pl_module, losses)
            self._capabilities.save(self.kernel.run_dir)

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        if self._data is not None:
            self._data.trained()
        step = int(trainer.global_step)
        is_stepped = step != self._step
        if not is_stepped and not self.every_batch:
            return  # Gradients are still being accumulated.
        self._step = step
        env = self._env(trainer, pl_module, "train")
        env.update(outputs=outputs, batch=batch, batch_idx=batch_idx, is_accumulation_step=not is_stepped)
        loss: Any = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
        if is_stepped:
            if is_number(loss):
                # Lightning has divided the loss by the number of accumulated batches.
                shares = trainer.accumulate_grad_batches if pl_module.automatic_optimization else 1
                env["loss"] = loss * shares if shares > 1 else loss
            env["metrics"] = self._new_metrics(trainer)
            if self._data is not None:
                env["metrics"].update(self._data.metrics())
        self._apply(trainer, env, self.train_events)

    def on_validation_batch_end(
        self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        # Ranks may validate different numbers of batches, but all of them must take part in each contact.
        if not self._is_training or trainer.sanity_checking or trainer.world_size > 1:
            return
        env = self._env(trainer, pl_module, "val")
        env.update(outputs=outputs, batch=batch, batch_idx=batch_idx, dataloader_idx=dataloader_idx)
        self._apply(trainer, env, self.val_events)

    def on_validation_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        if not self._is_training or trainer.sanity_checking:
            return
        env = self._env(trainer, pl_module, "val")
        env["metrics"] = self._new_metrics(trainer)
        self._apply(trainer, env, ["val_epoch_end"])

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        env = self._env(trainer, pl_module, "train")
        env["metrics"] = self._new_metrics(trainer)
        self._apply(trainer, env, ["train_epoch_end"])

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        self._is_training = False

    def on_fit_end(self, trainer: Any, pl_module: Any) -> None:
        if self.kernel.is_closed or self._step < 0:
            return
        self.kernel.apply(self._env(trainer, pl_module, "fit_end"), ["run_end"])
        self._kept = json.dumps(self.kernel.snapshot())
        self.kernel.close()

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        self._is_training = False
        self.kernel.__exit__(type(exception), exception, exception.__traceback__)

    # -- checkpoints

    def state_dict(self) -> Dict[str, Any]:
        """Returns the state for Lightning's checkpoint. All ranks call it when Lightning saves."""
        data = {} if self._data is None else {"data": json.dumps(self._data.state_dict())}
        if self._is_saving:
            return {"beside": "meta.json", **data}  # The kernel writes its state next to the file.
        if self._step >= 0 and not self.kernel.is_closed:
            self._kept = json.dumps(self.kernel.snapshot())
        return data if self._kept is None else {"snapshot": self._kept, **data}

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        self._snapshot = json.loads(state_dict["snapshot"]) if "snapshot" in state_dict else None
        if self._data is not None and "data" in state_dict:
            self._data.load_state_dict(json.loads(state_dict["data"]))

    def _save(self, trainer: Any, directory: str) -> None:
        self._is_saving = True
        try:
            trainer.save_checkpoint(os.path.join(directory, FILE))
        finally:
            self._is_saving = False

    def _snapshot_of(self, trainer: Any) -> Optional[Dict[str, Any]]:
        """Returns the kernel's state from the checkpoint with which this training run continues; None for a new run."""
        path = getattr(trainer, "ckpt_path", None)
        if self._snapshot is not None or path is None or self._step == 0:
            return self._snapshot
        meta = os.path.join(os.path.dirname(os.fspath(path)), "meta.json")
        return read_meta(meta) if os.path.basename(os.fspath(path)) == FILE else None

    # -- what a safe point gets

    def _apply(self, trainer: Any, env: Dict[str, Any], events: Sequence[str]) -> None:
        if self.kernel.apply(env, events).stop:
            trainer.should_stop = True

    def _env(self, trainer: Any, pl_module: Any, phase: str) -> Dict[str, Any]:
        return {
            "framework": "lightning",
            "phase": phase,
            "step": self._step,
            "epoch": int(trainer.current_epoch),
            "model": pl_module,
            "trainer": trainer,
            "kernel": self.kernel,
            "metric": lambda name, default=None: trainer.callback_metrics.get(name, default),
            "capabilities": self._capabilities,
            "optimizer": trainer.optimizers[0] if trainer.optimizers else None,
            "optimizers": list(trainer.optimizers),
            "mutable_state": self._given if self._given is not None else getattr(pl_module, "mutable_state", None),
            "grad_accumulation_steps": trainer.accumulate_grad_batches,
            **self._total,
        }

    def _new_metrics(self, trainer: Any) -> Dict[str, Any]:
        now = dict(trainer.callback_metrics)
        new = {name: value for name, value in now.items() if value is not self._told.get(name) and is_number(value)}
        self._told = now
        return new

    def _find_capabilities(self, trainer: Any, pl_module: Any, losses: List[str]) -> TrainingCapabilities:
        is_automatic = bool(getattr(pl_module, "automatic_optimization", True))
        return TrainingCapabilities(
            framework="lightning",
            **describe_optimizers(trainer.optimizers),
            has_scheduler=bool(trainer.lr_scheduler_configs),
            scheduler_types=tuple(type(one.scheduler).__name__ for one in trainer.lr_scheduler_configs),
            grad_accumulation_steps=int(trainer.accumulate_grad_batches),
            automatic_optimization=is_automatic,
            mutable_state_detected=bool(losses),
            mutable_state_keys=tuple(losses),
            grad_clip_value=trainer.gradient_clip_val,
            grad_clip_wired="clip_norm" in self.kernel.controls,
        )


def total_of(trainer: Any) -> Dict[str, Any]:
    total = whole_or_none(trainer.max_steps)
    if total is None:
        total = whole_or_none(trainer.estimated_stepping_batches)
    return {} if total is None else {"max_steps": total}


def schedules_of(trainer: Any) -> Dict[int, Any]:
    """Returns the schedule of each optimizer, by optimizer index."""
    found: Dict[int, Any] = {}
    for i, optimizer in enumerate(trainer.optimizers):
        for config in trainer.lr_scheduler_configs:
            if getattr(config.scheduler, "optimizer", None) is optimizer:
                found[i] = config.scheduler
    return found


def clip_controls(trainer: Any, pl_module: Any) -> List[Actuator]:
    """Returns the control for the gradient limit, which Lightning reads at each step. 0 means off."""
    if not getattr(pl_module, "automatic_optimization", True):
        return []

    def write(value: float) -> None:
        trainer.gradient_clip_val = value or None

    is_by_value = str(getattr(trainer.gradient_clip_algorithm, "value", trainer.gradient_clip_algorithm)) == "value"
    key, label = ("clip_value", "Largest gradient") if is_by_value else ("clip_norm", "Gradient clipping")
    return [
        float_actuator(
            key,
            get=lambda: trainer.gradient_clip_val or 0.0,
            set=write,
            min=0.0,
            max=1000.0,
            group="optimizer",
            label=label,
        )
    ]


def read_meta(path: str) -> Optional[Dict[str, Any]]:
    """Returns the kernel's state from the folder of a checkpoint that a command has requested.

    Raises:
        BridgeError: when it cannot be read, since training would continue without the earlier changes.
    """
    try:
        with open(path, encoding="utf-8") as file:
            meta = json.load(file)
        return {"modules": meta["modules"], "kernel": meta["kernel"]}
    except (OSError, ValueError, KeyError) as error:
        raise BridgeError(f"`{path}` must be next to the checkpoint, but cannot be read: {error}") from None
