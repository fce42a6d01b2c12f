"""The kernels in this process: one for each run directory. A forked child process has none."""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING, MutableMapping, Set

from ._errors import BridgeError

if TYPE_CHECKING:
    from ._kernel import HotKernel

_OPEN: "MutableMapping[str, HotKernel]" = weakref.WeakValueDictionary()
_KERNELS: "weakref.WeakSet[HotKernel]" = weakref.WeakSet()


def take_directory(kernel: "HotKernel") -> None:
    """Registers a kernel, and closes the previous kernel on the same directory. Running a notebook cell again opens a
    directory twice.
    """
    before = _OPEN.get(kernel.run_dir)
    if before is not None:
        try:
            before.close()
        except BridgeError:
            pass  # It reports on a replay that the caller no longer cares about.
    _OPEN[kernel.run_dir] = kernel
    _KERNELS.add(kernel)


def leave_directory(kernel: "HotKernel") -> None:
    if _OPEN.get(kernel.run_dir) is kernel:
        del _OPEN[kernel.run_dir]


def _forget_all() -> None:
    forgotten: "Set[HotKernel]" = set(_KERNELS)
    for kernel in forgotten:
        kernel._forget()


def make_directory(path: str) -> None:
    """Creates a run directory, if necessary.

    Raises:
        BridgeError: when it cannot be created, or is not writable.
    """
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise BridgeError(f"the run directory `{path}` cannot be created: {error}") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise BridgeError(f"the run directory `{path}` cannot be written")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
