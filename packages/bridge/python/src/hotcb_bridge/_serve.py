"""Answers the sidecar's requests during a contact."""

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
        #: Whether the run is paused, according to what this process has seen.
        self.is_paused = False
        self._save = save
        self._load = load
        #: Stores the undo function of a change until the ledger line with that number is written, and the function that
        #: releases the undo.
        self.keep: Callable[..., None] = lambda seq, back, forget=None: None
        #: Whether other ranks answer the same requests.
        self.is_shared = False
        self._tell = tell
        self._callbacks = callbacks
        self._is_interrupted = is_interrupted
        self._run_dir = run_dir
        #: The functions that commands may call.
        self.functions = Functions(lambda *kept: self.keep(*kept))

    def set_save(self, save: SaveFn) -> None:
        self._save = save

    def serve(self, request: Message) -> Any:
        """Returns the answer to a request. If one of the trainer's functions raises an exception, the command fails."""
        kind = request["k"]
        if kind.startswith("cb."):
            if request.get("method") == "snapshot":
                self._tell()  # The snapshot includes the events of this safe point.
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
        raise ValueError(f"the sidecar requested `{kind}`, which this client does not support")

    def _load_or_put_back(self, load: LoadFn, request: Message) -> Optional[int]:
        """Loads a checkpoint. With several ranks, the previous state is kept until all of them have loaded the
        checkpoint.
        """
        if self.is_shared:
            self._keep_state(load, request["seq"])
        return load(request["dir"])

    def _keep_state(self, load: LoadFn, seq: Optional[int]) -> None:
        if self._save is None:
            raise ValueError("with several ranks, `load` also needs `save`, to undo a load that another rank rejects")
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
