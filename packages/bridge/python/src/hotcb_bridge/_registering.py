"""The controls, functions and handlers that a kernel receives before it starts."""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional

from ._errors import BridgeError
from ._functions import Function
from ._serve import Server
from .actuators import Actuator, MutableState
from .checkpoints import SaveFn


class Registering:
    """Accepts controls, functions and handlers until the kernel has started."""

    _state: MutableState
    _server: Server
    _handlers: Dict[str, Any]
    _shares_saves: bool
    _started: bool
    _closed: bool

    def add(self, *actuators: Actuator) -> None:
        """Adds controls. Must be called before the kernel starts.

        Raises:
            BridgeError: when it has started.
        """
        if self._started:
            raise BridgeError("controls must be added before the first `apply` or `continue_from`")
        self._state.add(*actuators)

    def register(
        self,
        path: str,
        apply_fn: Callable[..., Any],
        validate_fn: Optional[Callable[..., Any]] = None,
        *,
        description: str = "",
    ) -> None:
        """Registers a function that ``ctl call`` may call. Must be called before the kernel starts. The function
        receives the ``env`` of the safe point, then the arguments of the command, and may return a function that undoes
        the change. A replay calls it again at its step; a restart does not.

        Raises:
            BridgeError: when the kernel has started.
            ValueError: for a path that is not text, or empty.
        """
        if self._started:
            raise BridgeError("functions must be registered before the first `apply` or `continue_from`")
        self._server.functions.add(path, Function(apply_fn, validate_fn, description))

    def set_framework(self, *, save: SaveFn, no_load: str, collective_save: bool = False) -> None:
        """Used by the adapter for a framework that saves its own checkpoints and cannot load one during training. If
        the kernel already has a ``save``, that one is kept.

        Args:
            no_load: What to do instead of ``checkpoint load``. The error message of that command ends with this text.

        Raises:
            BridgeError: when the kernel has started, since a kernel serves only one training run.
        """
        if self._started or self._closed:
            raise BridgeError("this HotKernel has already been used: create a new one for each training run")
        if not self._handlers["save"]:
            self._server.set_save(save)
            self._handlers["save"] = True
            self._shares_saves = collective_save
        if not self._handlers["load"]:
            self._handlers["no_load"] = no_load

    @property
    def controls(self) -> MutableState:
        """The controls that commands can change."""
        return self._state
