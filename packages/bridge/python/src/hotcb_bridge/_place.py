"""The current step of a training run, and the step of its next contact."""

from __future__ import annotations

import operator
from typing import Any, Dict, List, Mapping, Optional

from ._errors import BridgeError
from ._link import NEVER, NOW
from ._page import as_number


class Place:
    """The current safe point of a training run, and the conditions for the next contact."""

    __slots__ = ("step", "call", "due", "wanted", "flag", "moves", "moved", "max_steps")

    def __init__(self, flag: memoryview) -> None:
        self.step = -1
        self.call = -1
        #: The first step at which a contact is made.
        self.due: int = NOW
        #: The first step at which the kernel needs a contact. With several ranks, `due` is the step of the next meeting.
        self.wanted: int = NOW
        #: Nonzero as soon as a contact is needed, whatever the step.
        self.flag = flag
        #: Tables of the values that ramps set: [control, first step, rows].
        self.moves: List[Any] = []
        #: The last step whose rows were written.
        self.moved: Optional[int] = None
        self.max_steps: Optional[int] = None

    def look(self) -> None:
        """Requests a contact at the next safe point."""
        self.due = self.wanted = NOW

    def rewind(self, step: int) -> None:
        """Makes this the next step to train."""
        self.step, self.call = step - 1, 0

    def leave(self) -> None:
        """Stops all further contacts."""
        self.due = NEVER
        self.flag = memoryview(bytearray(1))

    def move(self) -> None:
        """Sets the controls to the values that their ramps have at this step."""
        step = self.step
        for control, first, rows in self.moves:
            if 0 <= step - first < len(rows):
                control.write(rows[step - first])
        self.moved = step

    def env(self, env: Mapping[str, Any]) -> Dict[str, Any]:
        """Returns the description of a safe point for the sidecar."""
        told: Dict[str, Any] = {"step": whole(env["step"] if "step" in env else self.step)}
        epoch, phase = epoch_of(env), env.get("phase")
        if epoch is not None:
            told["epoch"] = epoch
        if phase is not None:
            told["phase"] = str(phase)
        total = env.get("max_steps", env.get("total_steps"))
        if total is not None:
            told["max_steps"] = self.max_steps = whole(total)
        return told


def epoch_of(env: Mapping[str, Any]) -> Optional[float]:
    epoch = env.get("epoch")
    return epoch if epoch is None or isinstance(epoch, (int, float)) else as_number(epoch)


def whole(value: Any) -> int:
    """Checks a step, and returns it as an int.

    Raises:
        BridgeError: when it is not a whole number of at least 0.
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = -1
    if number < 0:
        raise BridgeError(f"a step must be a whole number of at least 0, got {value!r}")
    return number
