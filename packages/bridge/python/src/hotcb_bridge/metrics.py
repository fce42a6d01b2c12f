"""Which metrics are written."""

from __future__ import annotations

from typing import Any, Dict, Optional, Sequence


class MetricsCollector:
    """Selects the metrics of ``env["metrics"]`` that are written to ``hotcb.metrics.jsonl``.

    Args:
        whitelist: Names and patterns (``train_*``) to keep. Default: all.
        blacklist: Names and patterns to leave out.
        every_n_steps: Each name is written in at most one of every ``n`` steps.

    Raises:
        ValueError: when ``every_n_steps`` is not a whole number of at least 1.
    """

    def __init__(
        self,
        *,
        whitelist: Optional[Sequence[str]] = None,
        blacklist: Optional[Sequence[str]] = None,
        every_n_steps: int = 1,
    ) -> None:
        if not isinstance(every_n_steps, int) or every_n_steps < 1:
            raise ValueError(f"`every_n_steps` must be a whole number of at least 1, got {every_n_steps!r}")
        self.whitelist = whitelist
        self.blacklist = blacklist
        self.every_n_steps = every_n_steps

    def describe(self) -> Dict[str, Any]:
        """What the sidecar is told of it."""
        told: Dict[str, Any] = {"every_n": self.every_n_steps}
        if self.whitelist is not None:
            told["allow"] = list(self.whitelist)
        if self.blacklist is not None:
            told["deny"] = list(self.blacklist)
        return told
