"""Live control of Hugging Face's Trainer: ``Trainer(..., callbacks=[HotCBHFCallback(HotKernel("runs/hf"))])``."""

from __future__ import annotations

import json
import os
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence

from transformers import TrainerCallback

from .._errors import BridgeError
from .._kernel import HotKernel
from ..actuators import Actuator, float_actuator
from ..capabilities import TrainingCapabilities, describe_optimizers
from ..checkpoints import rng_state, set_rng_state
from ..data import DataMix
from ._found import GivenState, add_data, add_missing, given_controls, numbers, optimizer_controls, restart_with, whole_or_none

#: The file with the kernel's state in the Trainer's own checkpoints.
SNAPSHOT = "hotcb.snapshot.json"
#: The file with the states of the random generators in these checkpoints, used with a DataMix. The Trainer restores its
#: own states before it reads data, and reading data changes them.
RANDOM = "hotcb.random.pt"
#: The file in a run directory's checkpoint that contains the path of the Trainer's own checkpoint.
POINTER = "hf.json"
#: The suffixes of metrics that depend on the clock, and therefore differ between identical training runs.
_CLOCK = ("_runtime", "_per_second")


class HotCBHFCallback(TrainerCallback):  # type: ignore[misc]
    """Puts a training run of Hugging Face's Trainer under live control.

    The controls are found when training starts: those of the optimizer, ``clip_norm``, and the loss weights in
    ``mutable_state``. Controls that the kernel already has are not replaced. There is a safe point after each optimizer
    step, and whenever the Trainer logs or evaluates. The step is the Trainer's ``global_step``: 1 after the first one.

    The state of the run is stored in the Trainer's own checkpoints: ``train(resume_from_checkpoint=...)`` continues
    with all changes.

    Args:
        kernel: The kernel of this training run.
        train_events, eval_events: Names of the events after a step, and after an evaluation.
        resolve_optimizer, resolve_optimizers: From hotcb 2. The optimizer is found without them. ``resolve_optimizers``
            can return additional optimizers.
        mutable_state: Loss weights, ``{"weights": {...}, "terms": {...}}``, or controls. Default: the model's attribute
            of that name.
        data: The mixture behind the training run's :func:`mixed_dataset`. Its weights become controls, `data.skip` can
            be called, and its counts are metrics. Requires ``ignore_data_skip=True``, since the mixture resumes on its
            own, and a single rank.
        resume_from_checkpoint: The checkpoint folder from which training continues, if it is not in ``output_dir``.

    Raises:
        TypeError: for a `mutable_state` of any other type, when training begins.
        BridgeError: for Trainer arguments that would prevent the data from continuing correctly.
    """

    def __init__(
        self,
        kernel: HotKernel,
        train_events: Optional[Sequence[str]] = None,
        eval_events: Optional[Sequence[str]] = None,
        resolve_optimizer: Optional[Callable[[], Any]] = None,
        resolve_optimizers: Optional[Callable[[], Sequence[Any]]] = None,
        mutable_state: GivenState = None,
        *,
        data: Optional[DataMix] = None,
        resume_from_checkpoint: Optional[str] = None,
    ) -> None:
        self.kernel = kernel
        self.train_events = list(train_events or ["train_step_end"])
        self.eval_events = list(eval_events or ["eval_end"])
        self._resolve_optimizer = resolve_optimizer
        self._resolve_optimizers = resolve_optimizers
        self._given = mutable_state
        self._data = data
        self._random: Optional[str] = None
        self._resumed = resume_from_checkpoint
        self._capabilities: Optional[TrainingCapabilities] = None
        self._optimizers: List[Any] = []
        self._is_training = False
        self._args: Any = None
        self._control: Any = None

    # -- the life of a training run

    def on_train_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        self._args, self._control = args, control
        self._optimizers = self._find_optimizers(more.get("optimizer"))
        how = "`trainer.train(resume_from_checkpoint=...)`, where the folder is named in TAG/hf.json,"
        self.kernel.set_framework(save=self._save, no_load=restart_with(self.kernel, "the Trainer", how))
        controls, losses = given_controls(self._given, more.get("model"))
        schedules = {0: more["lr_scheduler"]} if more.get("lr_scheduler") is not None else {}
        add_missing(self.kernel, [*optimizer_controls(self._optimizers, schedules), clip_control(args)])
        add_missing(self.kernel, controls)
        if self._data is not None and not args.ignore_data_skip:
            raise BridgeError("a DataMix resumes on its own: pass `ignore_data_skip=True` to TrainingArguments")
        if self._data is not None and args.world_size > 1:
            raise BridgeError(f"a DataMix with the Trainer needs one rank, got {args.world_size}")
        add_data(self.kernel, self._data, int(args.gradient_accumulation_steps))
        step = int(state.global_step)
        kept = self._kept_at(step)
        if self._data is not None and "data" in kept:
            self._data.load_state_dict(kept["data"])
            self._random = os.path.join(self._resumed or own_checkpoint(args, step), RANDOM)
        self.kernel.continue_from(step + 1, kept.get("snapshot"), **self._total(state))
        self._is_training = True
        if args.process_index == 0:
            self._capabilities = self._find_capabilities(args, more, losses)
            self._capabilities.save(self.kernel.run_dir)

    def on_step_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        path, self._random = self._random, None
        if path is not None:
            import torch

            set_rng_state(torch.load(path, weights_only=True))

    def on_substep_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        if self._data is not None:
            self._data.trained()

    def on_step_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        if self._data is not None:
            self._data.trained()
            more = {**more, "metrics": self._data.metrics()}
        self._apply(self.train_events, state, control, "train", more)

    def on_log(self, args: Any, state: Any, control: Any, logs: Optional[Mapping[str, Any]] = None, **more: Any) -> None:
        if not self._is_training:
            return
        # The metrics of an evaluation arrive with `on_evaluate`.
        told = {name: value for name, value in numbers(logs or {}).items() if not name.startswith("eval_")}
        told = {name: value for name, value in told.items() if name != "epoch" and not name.endswith(_CLOCK)}
        if told:
            self._apply(["log"], state, control, "train", {**more, "metrics": told})

    def on_evaluate(
        self, args: Any, state: Any, control: Any, metrics: Optional[Mapping[str, Any]] = None, **more: Any
    ) -> None:
        if not self._is_training:
            return
        told = {name: value for name, value in numbers(metrics or {}).items() if not name.endswith(_CLOCK)}
        told.pop("epoch", None)
        self._apply([*self.eval_events, "val_epoch_end"], state, control, "eval", {**more, "metrics": told})

    def on_save(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        if not self._is_training:
            return
        kept: Dict[str, Any] = {"snapshot": self.kernel.snapshot()}  # All ranks call it.
        if self._data is not None:
            kept["data"] = self._data.state_dict()
        folder = own_checkpoint(args, state.global_step)
        if self._data is not None:
            import torch

            torch.save(rng_state(), os.path.join(folder, RANDOM))
        if args.process_index == 0 and os.path.isdir(folder):
            path = os.path.join(folder, SNAPSHOT)
            with open(f"{path}.new", "w", encoding="utf-8") as file:
                json.dump(kept, file)
            os.replace(f"{path}.new", path)

    def on_train_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        if not self._is_training:
            return
        self._is_training = False
        self.kernel.apply(self._env(state, "train_end", more), ["run_end"])
        self.kernel.close()

    # -- checkpoints

    def _save(self, directory: str, step: int) -> None:
        """Makes the Trainer save after this safe point. The checkpoint that the command creates contains only the path."""
        self._control.should_save = True
        path = own_checkpoint(self._args, step - 1)
        with open(os.path.join(directory, POINTER), "w", encoding="utf-8") as file:
            json.dump({"checkpoint": os.path.abspath(path)}, file)

    def _kept_at(self, step: int) -> Dict[str, Any]:
        """Returns the state from the checkpoint with which this training run continues."""
        if step == 0 or self._args.process_index != 0:
            return {}
        folder = self._resumed or own_checkpoint(self._args, step)
        path = os.path.join(folder, SNAPSHOT)
        if not os.path.exists(path):
            return {}  # It was saved without hotcb, or somewhere else. The ledger is used instead.
        try:
            with open(path, encoding="utf-8") as file:
                kept: Dict[str, Any] = json.load(file)
            return kept
        except (OSError, ValueError) as error:
            raise BridgeError(f"`{path}` cannot be read: {error}; restore it, or delete it to use the ledger") from None

    # -- what a safe point gets

    def _apply(self, events: Sequence[str], state: Any, control: Any, phase: str, more: Mapping[str, Any]) -> None:
        self._control = control
        if self.kernel.apply(self._env(state, phase, more), events).stop:
            control.should_training_stop = True

    def _env(self, state: Any, phase: str, more: Mapping[str, Any]) -> Dict[str, Any]:
        optimizer = self._optimizers[0] if self._optimizers else None
        return {
            **more,
            "framework": "hf",
            "phase": phase,
            "step": int(state.global_step),
            "epoch": float(state.epoch or 0.0),
            "args": self._args,
            "state": state,
            "control": self._control,
            "kernel": self.kernel,
            "capabilities": self._capabilities,
            "optimizer": optimizer,
            "optimizers": self._optimizers,
            "mutable_state": self._given if self._given is not None else getattr(more.get("model"), "mutable_state", None),
            "metric": lambda name, default=None: last_logged(state, name, default),
            **self._total(state),
        }

    @staticmethod
    def _total(state: Any) -> Dict[str, Any]:
        total = whole_or_none(state.max_steps)
        return {} if total is None else {"max_steps": total}

    def _find_optimizers(self, found: Any) -> List[Any]:
        given: List[Any] = [unwrapped(found)] if found is not None else []
        for resolve in (self._resolve_optimizer, self._resolve_optimizers):
            told = resolve() if resolve is not None else None
            for one in told if isinstance(told, (list, tuple)) else [told]:
                optimizer = unwrapped(one)
                if optimizer is not None and all(optimizer is not other for other in given):
                    given.append(optimizer)
        return given

    def _find_capabilities(self, args: Any, more: Mapping[str, Any], losses: List[str]) -> TrainingCapabilities:
        schedule = more.get("lr_scheduler")
        return TrainingCapabilities(
            framework="hf",
            **describe_optimizers(self._optimizers),
            has_scheduler=schedule is not None,
            scheduler_types=() if schedule is None else (type(getattr(schedule, "scheduler", schedule)).__name__,),
            grad_accumulation_steps=int(args.gradient_accumulation_steps),
            mutable_state_detected=bool(losses),
            mutable_state_keys=tuple(losses),
            grad_clip_value=float(args.max_grad_norm) if args.max_grad_norm else None,
            grad_clip_wired="clip_norm" in self.kernel.controls,
        )


def clip_control(args: Any) -> Actuator:
    """Returns the control for the gradient norm limit, which the Trainer reads at each step. 0 means off."""

    def write(value: float) -> None:
        args.max_grad_norm = value

    return float_actuator(
        "clip_norm",
        get=lambda: args.max_grad_norm or 0.0,
        set=write,
        min=0.0,
        max=1000.0,
        group="optimizer",
        label="Gradient clipping",
    )


def unwrapped(optimizer: Any) -> Any:
    """Returns the optimizer inside accelerate's wrapper."""
    while optimizer is not None and type(optimizer).__module__.startswith("accelerate.") and hasattr(optimizer, "optimizer"):
        optimizer = optimizer.optimizer
    return optimizer


def own_checkpoint(args: Any, step: int) -> str:
    return os.path.join(args.output_dir, f"checkpoint-{step}")


def last_logged(state: Any, name: str, default: Any) -> Any:
    for entry in reversed(state.log_history):
        if name in entry:
            return entry[name]
    return default
