"""The work at a safe point besides commands: running callbacks and recording metrics."""

from __future__ import annotations

from typing import Any, List, Mapping, Optional, Sequence, Tuple

from ._callbacks import Host
from ._link import Link
from ._page import metrics_of
from ._place import Place, epoch_of
from .actuators import Actuator


class Points:
    """Runs the callbacks of each safe point, and puts its metrics into the ring, once."""

    def __init__(self, place: Place, link: Link, callbacks: Host) -> None:
        self._place = place
        self._link = link
        self._callbacks = callbacks
        #: Whether metrics are written.
        self.is_recording = True
        #: Controls that report the value that training last used.
        self.used: List[Actuator] = []
        self._untold: Optional[Tuple[Mapping[str, Any], Sequence[str]]] = None

    def begin(self, env: Mapping[str, Any], events: Sequence[str]) -> None:
        """Begins a safe point whose callbacks and metrics the sidecar may request."""
        self._untold = (env, events)

    def end(self) -> None:
        """Drops callbacks and metrics that are still pending: they belong to a step that will be trained again."""
        self._untold = None

    def tell(self) -> int:
        """Runs the callbacks and records the metrics of the safe point, unless that has already been done.

        Returns:
            The head of the ring.
        """
        untold, self._untold = self._untold, None
        if untold is not None:
            env, events = untold
            if self._callbacks.active:
                self._callbacks.run(self._place.step, env, events)
            self.record(env)
        return self._link.page.head

    def record(self, env: Mapping[str, Any]) -> None:
        if not self.is_recording:
            return
        metrics = metrics_of(env)
        if not metrics:
            return
        for control in self.used:
            if control.key not in metrics and control.used is not None:
                value = control.used()
                if value is not None:
                    metrics = {**metrics, control.key: value}
        link = self._link
        now = link.page.put_metrics(self._place.step, epoch_of(env), metrics, link.wait_for_room)
        link.ring(now)
