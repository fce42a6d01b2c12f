"""The capabilities of a training run, for the dashboard and other programs."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from typing import Any, Dict, Optional, Sequence, Tuple, Union

FILE = "hotcb.capabilities.json"


@dataclass(frozen=True)
class TrainingCapabilities:
    """What an adapter has found out about its training run."""

    framework: str = "unknown"
    num_optimizers: int = 1
    optimizer_names: Tuple[str, ...] = ()
    #: The number of parameter groups of each optimizer.
    num_param_groups: Tuple[int, ...] = ()
    has_scheduler: bool = False
    scheduler_types: Tuple[str, ...] = ()
    #: The number of batches per optimizer step.
    grad_accumulation_steps: int = 1
    #: Whether the framework calls the optimizer.
    automatic_optimization: bool = True
    mutable_state_detected: bool = False
    #: The loss weights that were found.
    mutable_state_keys: Tuple[str, ...] = ()
    #: The norm to which gradients are clipped; None if they are not clipped.
    grad_clip_value: Optional[float] = None
    #: Whether a command can change the clipping.
    grad_clip_wired: bool = False
    metric_names: Tuple[str, ...] = ()

    def to_dict(self) -> Dict[str, Any]:
        """Returns the content of ``hotcb.capabilities.json``."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    def save(self, run_dir: Union[str, "os.PathLike[str]"]) -> None:
        """Writes ``hotcb.capabilities.json`` in a run directory.

        Raises:
            OSError: when the file cannot be written.
        """
        descriptor, path = tempfile.mkstemp(prefix=f".{FILE}.", dir=os.fspath(run_dir))
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(self.to_dict(), file, indent=2)
        os.chmod(path, 0o644)
        os.replace(path, os.path.join(os.fspath(run_dir), FILE))

    @classmethod
    def load(cls, run_dir: Union[str, "os.PathLike[str]"]) -> "Optional[TrainingCapabilities]":
        """Reads the file from a run directory; returns None if there is none."""
        try:
            with open(os.path.join(os.fspath(run_dir), FILE), encoding="utf-8") as file:
                told = json.load(file)
            known: Dict[str, Any] = {name: told[name] for name in cls.__dataclass_fields__ if name in told}
            values: Dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in known.items()}
            return cls(**values)
        except (OSError, ValueError, TypeError):
            return None


def describe_optimizers(optimizers: Sequence[Any]) -> Dict[str, Any]:
    """Returns the fields that describe a training run's optimizers."""
    return {
        "num_optimizers": len(optimizers),
        "optimizer_names": tuple(type(one).__name__ for one in optimizers),
        "num_param_groups": tuple(len(one.param_groups) for one in optimizers),
    }
