"""A callback that logs the duration of steps."""

from __future__ import annotations

import time
from collections import deque
from typing import Deque

from ._periodic import Env, Periodic


class TimingCallback(Periodic):
    """Logs the duration of steps in milliseconds: the last one, and the mean, p50 and p95 of the last ``window`` steps."""

    PARAMS = {"every": int, "window": int}

    def __init__(self, id: str, every: int = 50, window: int = 200) -> None:
        super().__init__(id, int(every))
        self.window = int(window)
        self._times: Deque[float] = deque()
        self._step = -1
        self._last = 0.0

    def handle(self, event: str, env: Env) -> None:
        step = int(env.get("step", 0))
        if step == self._step:
            return  # If a step has several events, only the first one counts.
        now = time.perf_counter()
        if self._step >= 0:
            self._times.append((now - self._last) * 1000)
            while len(self._times) > self.window:
                self._times.popleft()
        self._step, self._last = step, now
        if self._times and self.is_time(env):
            ordered = sorted(self._times)
            p50, p95 = (ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.95))
            mean = sum(ordered) / len(ordered)
            told = f"dt={self._times[-1]:.3f} mean={mean:.3f} p50={p50:.3f} p95={p95:.3f} n={len(ordered)}"
            self.say(env, f"{told} ms step={step}")
