"""The first message to a sidecar."""

from __future__ import annotations

import os
import socket
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Union

from ._wire import WIRE_VERSION
from .metrics import MetricsCollector

Json = Dict[str, Any]


class Opening:
    """Creates the first message for each sidecar of one training run."""

    class Options(NamedTuple):
        """The options that the trainer has chosen."""

        run_dir: str
        #: What to do with changes at or after the step from which the training run continues.
        resume: str
        keep: Optional[int]
        #: Which handlers the trainer has.
        handlers: Mapping[str, Any]
        metrics: Union[MetricsCollector, bool]
        #: The trainer's own callbacks.
        callbacks: Sequence[Json]
        #: Folders from which callbacks may be loaded. None means the run directory and the working directory.
        roots: Optional[Sequence[str]]

    def __init__(self, options: "Opening.Options") -> None:
        self.options = options
        #: The controls as they were when the kernel started.
        self.controls: List[Json] = []
        #: The functions that commands may call.
        self.functions: List[Json] = []
        #: The values of the controls at registration, from the snapshot of a checkpoint.
        self.registered: Optional[Json] = None
        #: The number of ranks; None if there is only one.
        self.world: Optional[int] = None

    def message(self, *, is_paused: bool, is_first: bool) -> Json:
        """Returns the first message for the next sidecar."""
        options = self.options
        opening: Json = {
            "k": "open",
            "bridge": WIRE_VERSION,
            "run_dir": options.run_dir,
            "controls": self.controls,
            "identity": {"pid": os.getpid(), "host": socket.gethostname()},
            "continue": options.resume,
            "paused": is_paused,
            "metrics": options.metrics.describe() if isinstance(options.metrics, MetricsCollector) else False,
            "handlers": options.handlers,
            "callbacks": options.callbacks,
        }
        if self.functions:
            opening["functions"] = self.functions
        if options.roots is not None:
            opening["roots"] = options.roots
        if self.world is not None:
            opening["world"] = self.world
        registered = self.registered
        if registered is None and not is_first:
            # The current values may differ from those at registration.
            registered = {control["key"]: control["initial"] for control in self.controls}
        if registered is not None:
            opening["registered"] = registered
        if options.keep is not None:
            opening["keep"] = options.keep
        return opening
