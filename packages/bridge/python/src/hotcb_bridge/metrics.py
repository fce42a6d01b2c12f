"""Selects the metrics that are written."""

from __future__ import annotations

import os
from typing import Any, Collection, Dict, Optional, Union


class MetricsCollector:
    """Selects the metrics in ``env["metrics"]`` that are written to ``hotcb.metrics.jsonl``.

    Args:
        path: Accepted for compatibility with hotcb 2. It must be ``hotcb.metrics.jsonl`` in the run directory, where
            metrics are written.
        whitelist: Names and patterns (``train_*``) to keep. Default: all.
        blacklist: Names and patterns to leave out.
        every_n_steps: Each metric is written in at most one of every ``n`` steps.
        system: Whether CPU, memory, disk and GPUs are measured every 5 seconds, as ``sys/...``. A number sets a
            different interval in seconds. Default: they are measured, unless the environment has ``HOTCB_SYSTEM=off``.

    Raises:
        ValueError: when ``every_n_steps`` is not a whole number of at least 1, or ``system`` is not above 0.
    """

    def __init__(
        self,
        path: Union[str, "os.PathLike[str]", None] = None,
        *,
        whitelist: Optional[Collection[str]] = None,
        blacklist: Optional[Collection[str]] = None,
        every_n_steps: int = 1,
        system: Union[bool, float, None] = None,
    ) -> None:
        if not isinstance(every_n_steps, int) or every_n_steps < 1:
            raise ValueError(f"`every_n_steps` must be a whole number of at least 1, got {every_n_steps!r}")
        if system is not None and not isinstance(system, bool) and not 0 < system < float("inf"):
            raise ValueError(f"`system` must be true, false, or seconds above 0, got {system!r}")
        self.path = path
        self.whitelist = whitelist
        self.blacklist = blacklist
        self.every_n_steps = every_n_steps
        self.system = system

    def check(self, run_dir: str) -> None:
        """Checks the path.

        Raises:
            ValueError: when the path is not ``hotcb.metrics.jsonl`` in the run directory.
        """
        own = os.path.join(run_dir, "hotcb.metrics.jsonl")
        if self.path is not None and os.path.abspath(os.fspath(self.path)) != own:
            raise ValueError(f"metrics are written to `{own}`: leave out `path` of MetricsCollector, got `{self.path}`")

    def describe(self) -> Dict[str, Any]:
        """Returns the description of the selection for the sidecar."""
        told: Dict[str, Any] = {"every_n": self.every_n_steps}
        if self.whitelist is not None:
            told["allow"] = sorted(self.whitelist)
        if self.blacklist is not None:
            told["deny"] = sorted(self.blacklist)
        if self.system is not None:
            told["system"] = self.system
        return told
