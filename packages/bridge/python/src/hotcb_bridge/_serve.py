"""What the sidecar asks within a contact."""

from __future__ import annotations

import shutil
import tempfile
from functools import partial
from typing import Any, Callable, Optional, Sequence

from ._callbacks import Host
from ._functions import Functions
from ._wire import Message
from .actuators import Actuator
from .checkpoints import LoadFn, SaveFn


class Server:
    """Answers requests from the trainer's controls and handlers."""

    def __init__(
        self,
        *,
        save: Optional[SaveFn],
        load: Optional[LoadFn],
        tell: Callable[[], int],
        callbacks: Host,
        is_interrupted: Callable[[], bool],
        run_dir: str,
    ) -> None:
        self.controls: Sequence[Actuator] = ()
        #: Whether the run is paused, as far as is known.
        self.is_paused = False
        self._save = save
        self._load = load
        #: Remembers how to put back a change until its line, of that number, is written; and how to forget it.
        self.keep: Callable[..., None] = lambda seq, back, forget=None: None
        #: Whether other ranks do the same.
        self.is_shared = False
        self._tell = tell
        self._callbacks = callbacks
        self._is_interrupted = is_interrupted
        self._run_dir = run_dir
        #: What commands may call.
        self.functions = Functions(lambda *kept: self.keep(*kept))

    def set_save(self, save: SaveFn) -> None:
        self._save = save

    def serve(self, request: Message) -> Any:
        """The answer to a request. What the trainer's functions raise is the failure of the command."""
        kind = request["k"]
        if kind.startswith("cb."):
            if request.get("method") == "snapshot":
                self._tell()  # It contains the events of its own safe point.
            return self._callbacks.serve(request)
        if kind.startswith("ctl."):
            return self.functions.serve(request)
        if kind == "get":
            return self.controls[request["i"]].read()
        if kind == "set":
            return self._set(request)
        if kind == "scale":
            return self._scale(request)
        if kind == "tell":
            return self._tell()
        if kind == "wait":
            self.is_paused = True
            return not self._is_interrupted()  # The contact itself waits.
        if kind == "save" and self._save is not None:
            self._save(request["dir"], request["step"])
            return None
        if kind == "load" and self._load is not None:
            return self._load_or_put_back(self._load, request)
        raise ValueError(f"the sidecar asks for `{kind}`, which this client does not know")

    def _load_or_put_back(self, load: LoadFn, request: Message) -> Optional[int]:
        """Loads a checkpoint. With several ranks the state before it is kept until all of them have loaded it."""
        if self.is_shared:
            self._keep_state(load, request["seq"])
        return load(request["dir"])

    def _keep_state(self, load: LoadFn, seq: Optional[int]) -> None:
        if self._save is None:
            raise ValueError("with several ranks `load` needs `save` too, to put back a load that another rank refuses")
        kept = tempfile.mkdtemp(prefix=".hotcb-before-load-", dir=self._run_dir)
        forget = partial(shutil.rmtree, kept, ignore_errors=True)
        try:
            self._save(kept, 0)
        except BaseException:
            forget()
            raise
        self.keep(seq, lambda: (load(kept), None)[1], forget)

    def _set(self, request: Message) -> None:
        control = self.controls[request["i"]]
        before = control.read()
        self.keep(request["seq"], lambda: control.write(before))
        control.write(request["v"])

    def _scale(self, request: Message) -> None:
        control = self.controls[request["i"]]
        if control.set_scale is None or control.scales is None:
            raise ValueError(f"`{control.key}` has no schedule")
        set_scale, before = control.set_scale, control.scales()
        self.keep(request["seq"], lambda: set_scale(before))
        set_scale(request["v"])
