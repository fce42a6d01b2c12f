"""What the training loop is told."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple, Optional


class ApplyResult(NamedTuple):
    """The result of a safe point. Most are all false: go on."""

    #: End the training: a command asks for it.
    stop: bool = False
    #: The run is paused, and ``apply`` has come back early (Ctrl-c). The next ``apply`` waits again.
    paused: bool = False
    #: A checkpoint was loaded: the step to train next.
    rewound: Optional[int] = None
    #: The ledger cannot be written (disk full): no more commands are taken until it can.
    degraded: bool = False
    #: Another trainer has taken over this run directory; nothing more is written there.
    superseded: bool = False


IDLE = ApplyResult()


def result_of(told: Mapping[str, Any]) -> ApplyResult:
    result = ApplyResult(**told)
    return IDLE if result == IDLE else result
