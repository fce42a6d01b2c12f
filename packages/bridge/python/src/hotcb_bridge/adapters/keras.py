"""Live control of a Keras 3 training run: ``model.fit(..., callbacks=[HotCBKeras(HotKernel("runs/k"))])``."""

from __future__ import annotations

from typing import Any, Dict, Iterable, Mapping, Optional

from keras.callbacks import Callback

from .._kernel import HotKernel
from ..actuators import Actuator, log_float_actuator
from ._found import add_missing, numbers


class HotCBKeras(Callback):  # type: ignore[misc]
    """Puts a Keras training run under live control: its learning rate, unless a Keras schedule sets it, and the
    controls that are passed. There is a safe point after each batch. The step is the number of batches so far: 1 after
    the first one.

    Keras compiles the training step, in which a plain number becomes a constant. A control must therefore change a
    ``keras.Variable``. Keras stores the learning rate as float32, so reading it returns the rounded value. Keras
    checkpoints do not contain the run's state, so a resumed training run restores it from the ledger.

    Args:
        kernel: The kernel of this training run.
        controls: Additional controls.
        first_step: The next step to train, if this continues a training run.
    """

    def __init__(self, kernel: HotKernel, controls: Iterable[Actuator] = (), *, first_step: int = 1) -> None:
        super().__init__()
        self.kernel = kernel
        self._controls = list(controls)
        self._step = first_step - 1
        self._epoch = 0

    def on_train_begin(self, logs: Optional[Mapping[str, Any]] = None) -> None:
        add_missing(self.kernel, [*rate_control(self.model.optimizer), *self._controls])
        self.kernel.continue_from(self._step + 1)

    def on_epoch_begin(self, epoch: int, logs: Optional[Mapping[str, Any]] = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Optional[Mapping[str, Any]] = None) -> None:
        self._step += 1
        self._apply("train", ["train_batch_end", "train_step_end"], logs)

    def on_epoch_end(self, epoch: int, logs: Optional[Mapping[str, Any]] = None) -> None:
        told = {name: value for name, value in (logs or {}).items() if name.startswith("val_")}
        self._apply("val", ["val_epoch_end"], told)

    def on_train_end(self, logs: Optional[Mapping[str, Any]] = None) -> None:
        self.kernel.close()

    def _apply(self, phase: str, events: Iterable[str], logs: Optional[Mapping[str, Any]]) -> None:
        env: Dict[str, Any] = {
            "framework": "keras",
            "phase": phase,
            "step": self._step,
            "epoch": self._epoch,
            "model": self.model,
            "metrics": numbers(logs or {}),
        }
        if self.kernel.apply(env, list(events)).stop:
            self.model.stop_training = True


def rate_control(optimizer: Any) -> Iterable[Actuator]:
    """Returns the control for an optimizer's learning rate. There is none if the optimizer has a schedule, which Keras
    evaluates at each step.
    """
    rate: Any = getattr(optimizer, "_learning_rate", None)
    if not hasattr(rate, "assign"):
        return []
    return [
        log_float_actuator(
            "lr", get=lambda: float(rate), set=rate.assign, min=1e-7, max=1.0, group="optimizer", label="Learning rate"
        )
    ]
