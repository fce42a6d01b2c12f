"""What a kernel is given before its start."""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional

from ._errors import BridgeError
from ._functions import Function
from ._serve import Server
from .actuators import Actuator, MutableState
from .checkpoints import SaveFn


class Registering:
    """Takes controls, functions and handlers, as long as the kernel has not begun."""

    _state: MutableState
    _server: Server
    _handlers: Dict[str, Any]
    _shares_saves: bool
    _started: bool
    _closed: bool

    def add(self, *actuators: Actuator) -> None:
        """Adds controls, before the start.

        Raises:
            BridgeError: after it.
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
        """Registers a function that ``ctl call`` may call, before the start. It gets the ``env`` of the safe point, then
        the arguments of the command, and may return a function that takes the change back. A replay calls it again at
        its step; a restart does not.

        Raises:
            BridgeError: after the start.
            ValueError: for a path that is not text, or empty.
        """
        if self._started:
            raise BridgeError("functions must be registered before the first `apply` or `continue_from`")
        self._server.functions.add(path, Function(apply_fn, validate_fn, description))

    def set_framework(self, *, save: SaveFn, no_load: str, collective_save: bool = False) -> None:
        """For the adapter of a framework that saves its own checkpoints and cannot load one while it trains. A ``save``
        that the kernel already has stays.

        Args:
            no_load: What to do instead of ``checkpoint load``: the end of the error of that command.

        Raises:
            BridgeError: after the start: a kernel is for one training run.
        """
        if self._started or self._closed:
            raise BridgeError("this HotKernel has been used already: create another one for each training run")
        if not self._handlers["save"]:
            self._server.set_save(save)
            self._handlers["save"] = True
            self._shares_saves = collective_save
        if not self._handlers["load"]:
            self._handlers["no_load"] = no_load

    @property
    def controls(self) -> MutableState:
        """What can be changed."""
        return self._state
