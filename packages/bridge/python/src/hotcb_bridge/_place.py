"""Where a training run is, and when it makes its next contact."""

from __future__ import annotations

import operator
from typing import Any, Dict, List, Mapping, Optional

from ._errors import BridgeError
from ._link import NEVER, NOW
from ._page import as_number


class Place:
    """The safe point of a training run, and what makes the next one a contact."""

    __slots__ = ("step", "call", "due", "wanted", "flag", "moves", "moved", "max_steps")

    def __init__(self, flag: memoryview) -> None:
        self.step = -1
        self.call = -1
        #: The first step of a contact.
        self.due: int = NOW
        #: The first step at which the kernel wants a contact. With ranks, `due` is where they meet.
        self.wanted: int = NOW
        #: Not zero as soon as something is to be done, whatever the step.
        self.flag = flag
        #: Tables of what ramps move: [control, first step, rows].
        self.moves: List[Any] = []
        #: The last step whose rows were written.
        self.moved: Optional[int] = None
        self.max_steps: Optional[int] = None

    def look(self) -> None:
        """The next safe point makes a contact."""
        self.due = self.wanted = NOW

    def rewind(self, step: int) -> None:
        """The next step to train is this one."""
        self.step, self.call = step - 1, 0

    def leave(self) -> None:
        """There are no more contacts."""
        self.due = NEVER
        self.flag = memoryview(bytearray(1))

    def move(self) -> None:
        """Writes the values that ramps have at this step."""
        step = self.step
        for control, first, rows in self.moves:
            if 0 <= step - first < len(rows):
                control.write(rows[step - first])
        self.moved = step

    def env(self, env: Mapping[str, Any]) -> Dict[str, Any]:
        """What the sidecar is told of a safe point."""
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
    """A step.

    Raises:
        BridgeError: when it is no whole number of at least 0.
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = -1
    if number < 0:
        raise BridgeError(f"a step must be a whole number of at least 0, got {value!r}")
    return number
