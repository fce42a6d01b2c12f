"""What a sidecar is told first."""

from __future__ import annotations

import os
import socket
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Union

from ._wire import WIRE_VERSION
from .metrics import MetricsCollector

Json = Dict[str, Any]


class Opening:
    """The first line of each sidecar of one training."""

    class Options(NamedTuple):
        """What the trainer has chosen."""

        run_dir: str
        #: What happens to changes at or after the step from which the training continues.
        resume: str
        keep: Optional[int]
        #: Which handlers there are.
        handlers: Mapping[str, Any]
        metrics: Union[MetricsCollector, bool]
        #: The trainer's own callbacks.
        callbacks: Sequence[Json]
        #: Folders from which callbacks may be loaded; None for the run directory and the working directory.
        roots: Optional[Sequence[str]]

    def __init__(self, options: "Opening.Options") -> None:
        self.options = options
        #: The controls as they were at the start.
        self.controls: List[Json] = []
        #: The functions that commands may call.
        self.functions: List[Json] = []
        #: Their values at registration, from the snapshot of a checkpoint.
        self.registered: Optional[Json] = None
        #: The number of ranks; None if there is one.
        self.world: Optional[int] = None

    def message(self, *, is_paused: bool, is_first: bool) -> Json:
        """The line for the next sidecar."""
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
            # The values now are not those at registration.
            registered = {control["key"]: control["initial"] for control in self.controls}
        if registered is not None:
            opening["registered"] = registered
        if options.keep is not None:
            opening["keep"] = options.keep
        return opening
