"""The controls and numbers that an adapter finds in a training run."""

from __future__ import annotations

import os
from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple, Union

from .._kernel import HotKernel
from ..actuators import Actuator, MutableState, loss_actuators
from ..data import DataMix
from ..optimizers import optimizer_actuators

#: The types that an adapter accepts as its ``mutable_state`` argument.
GivenState = Union[Mapping[str, Any], MutableState, Iterable[Actuator], None]


def given_controls(given: GivenState, owner: Any) -> Tuple[List[Actuator], List[str]]:
    """Returns the controls from the ``mutable_state`` argument, or else from the model's attribute of that name.

    Returns:
        The controls, and the names of the loss weights among them.

    Raises:
        TypeError: for an argument of any other type.
    """
    found = given if given is not None else getattr(owner, "mutable_state", None)
    if found is None:
        found = getattr(owner, "loss_state", None)
    if found is None:
        return [], []
    if isinstance(found, MutableState):
        return list(found), []
    if isinstance(found, Mapping):
        return _losses(found, is_given=given is not None)
    if given is None:
        return [], []  # The attribute has this name by coincidence.
    return list(MutableState(given)), []  # type: ignore[arg-type]


def _losses(found: Mapping[str, Any], *, is_given: bool) -> Tuple[List[Actuator], List[str]]:
    """Reads loss weights in hotcb 2's form: ``{"weights": {...}, "terms": {...}}``, or the weights themselves."""
    weights = found.get("weights", found)
    if not isinstance(weights, dict) or not all(isinstance(value, (int, float)) for value in weights.values()):
        if is_given:
            raise TypeError(f"`mutable_state` must be loss weights, such as {{'weights': {{'ce': 1.0}}}}, got {found!r}")
        return [], []
    terms = found.get("terms")
    return loss_actuators(weights, terms=terms if isinstance(terms, dict) else None), list(weights)


def optimizer_controls(optimizers: Iterable[Any], schedules: Mapping[int, Any]) -> List[Actuator]:
    """Returns the controls of all optimizers: ``lr`` and so on for the first, ``opt1.lr`` and so on for the second.

    Args:
        schedules: The schedules of the optimizers that have one, by optimizer index.
    """
    found: List[Actuator] = []
    for i, optimizer in enumerate(optimizers):
        found += optimizer_actuators(optimizer, schedule=schedules.get(i), prefix=f"opt{i}." if i else "")
    return found


def add_missing(kernel: HotKernel, actuators: Iterable[Actuator]) -> None:
    """Adds the controls that the kernel does not have yet."""
    kernel.add(*(one for one in actuators if one.key not in kernel.controls))


def add_data(kernel: HotKernel, mix: Optional[DataMix], accumulated: int) -> None:
    """Adds the controls for a training run's data. A framework's steps begin with 1."""
    if mix is None:
        return
    mix.first_step, mix.batches_per_step = 1, accumulated
    add_missing(kernel, mix.actuators())
    kernel.register("data.skip", mix.skip_data, description="skip the data for the steps FROM to TO")


def numbers(told: Mapping[str, Any]) -> Dict[str, Any]:
    """Returns the numbers and one-element tensors in a mapping."""
    return {name: value for name, value in told.items() if is_number(value)}


def is_number(value: Any) -> bool:
    if isinstance(value, (int, float)):
        return not isinstance(value, bool)
    count = getattr(value, "numel", None)
    return callable(count) and count() == 1


def restart_with(kernel: HotKernel, framework: str, how: str) -> str:
    """Returns the end of the error message for the ``checkpoint load`` command."""
    folder = os.path.join(kernel.run_dir, "hotcb.checkpoints")
    return f"{framework} cannot load one while it trains; stop this training run and start it again with {how} from `{folder}`"


def whole_or_none(value: Any) -> Optional[int]:
    """Returns a number of steps; None if the framework's value is -1 or infinity."""
    return int(value) if isinstance(value, (int, float)) and 0 < value < 1 << 53 else None
