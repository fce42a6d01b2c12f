"""Runs a contact that may wait while the run is paused, either by blocking its thread or by letting other coroutines
run.
"""

from __future__ import annotations

import time
from typing import Generator, TypeVar

Value = TypeVar("Value")

#: A contact as a generator that yields the seconds to wait. An exception that is thrown into it is held until the
#: contact is over.
Steps = Generator[float, None, Value]


def drive(steps: "Steps[Value]") -> Value:
    """Runs a contact to completion."""
    try:
        seconds = next(steps)
        while True:
            try:
                time.sleep(seconds)
            except BaseException as error:
                seconds = steps.throw(error)
            else:
                seconds = next(steps)
    except StopIteration as end:
        value: Value = end.value
        return value


async def drive_async(steps: "Steps[Value]") -> Value:
    """Runs a contact to completion; other coroutines can run while it waits."""
    import asyncio

    try:
        seconds = next(steps)
        while True:
            try:
                await asyncio.sleep(seconds)
            except BaseException as error:
                seconds = steps.throw(error)
            else:
                seconds = next(steps)
    except StopIteration as end:
        value: Value = end.value
        return value
