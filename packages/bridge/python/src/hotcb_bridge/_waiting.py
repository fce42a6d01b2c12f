"""A contact waits while the run is paused: in its thread, or so that other coroutines run meanwhile."""

from __future__ import annotations

import time
from typing import Generator, TypeVar

Value = TypeVar("Value")

#: What a contact does, up to each place where it waits: it yields the seconds. An error that is thrown in there is kept
#: until the contact is over.
Steps = Generator[float, None, Value]


def drive(steps: "Steps[Value]") -> Value:
    """Runs a contact to its end."""
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
    """Runs a contact to its end; other coroutines run while it waits."""
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
