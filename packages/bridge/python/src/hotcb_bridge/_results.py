"""The result of a safe point, as the training loop receives it."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple, Optional


class ApplyResult(NamedTuple):
    """The result of a safe point. If all fields have their default values, the loop continues."""

    #: Whether a command has requested that training stop.
    stop: bool = False
    #: Whether the run is paused and ``apply`` has returned early (Ctrl-c). The next ``apply`` waits again.
    paused: bool = False
    #: The next step to train, if a checkpoint was loaded.
    rewound: Optional[int] = None
    #: Whether the ledger cannot be written, for example because the disk is full. No commands are accepted until it can
    #: be.
    degraded: bool = False
    #: Whether another trainer has taken over this run directory. Nothing more is written there.
    superseded: bool = False


IDLE = ApplyResult()


def result_of(told: Mapping[str, Any]) -> ApplyResult:
    result = ApplyResult(**told)
    return IDLE if result == IDLE else result
