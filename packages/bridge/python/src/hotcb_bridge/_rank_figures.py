"""Measurements of a process with a rank above 0. Rank 0 adds them to the metrics."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Callable, Dict, Optional, Union

FOLDER = "hotcb.ranks"
SECONDS = 5.0
FIRST_SECONDS = 1.0
MIB = 2**20


def seconds_of(system: Union[bool, float, None]) -> Optional[float]:
    """Returns the seconds between two measurements; None if nothing is measured. The argument takes precedence over the
    environment.
    """
    if system is False or (system is None and os.environ.get("HOTCB_SYSTEM") == "off"):
        return None
    return SECONDS if system is None or system is True else float(system)


class RankFigures:
    """Measures this process every few seconds, in a daemon thread that never fails.

    Args:
        step: Returns the current step. It is called from a different thread.
    """

    def __init__(self, run_dir: str, rank: int, step: Callable[[], int], seconds: float) -> None:
        self._path = Path(run_dir, FOLDER, f"rank-{rank}.json")
        self._rank = rank
        self._step = step
        self._seconds = seconds
        self._ended = threading.Event()
        self._last = (time.monotonic(), step(), time.process_time())
        self._thread = threading.Thread(target=self._run, name="hotcb-figures", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._ended.set()

    def _run(self) -> None:
        wait = min(FIRST_SECONDS, self._seconds)
        while not self._ended.wait(wait):
            wait = self._seconds
            try:
                self._write(self._measure())
            except Exception:
                # Measurements are a convenience: a full disk must not disturb training.
                pass

    def _measure(self) -> Dict[str, float]:
        then, step, used = self._last
        self._last = (time.monotonic(), self._step(), time.process_time())
        now, at, cpu = self._last
        figures = {"cpu_percent": (cpu - used) / max(now - then, 1e-9) * 100}
        if at > step:
            figures["step_seconds"] = (now - then) / (at - step)
        memory = resident_mib()
        if memory is not None:
            figures["rss_mib"] = memory
        return figures

    def _write(self, figures: Dict[str, float]) -> None:
        document = {"rank": self._rank, "pid": os.getpid(), "ts": time.time(), "step": max(0, self._step())}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}.new")
        fresh.write_text(json.dumps({**document, "figures": figures}) + "\n", encoding="utf-8")
        os.replace(fresh, self._path)


def resident_mib() -> Optional[float]:
    """Returns the memory usage of this process in MiB; None if the system does not report it."""
    if not sys.platform.startswith("linux"):
        return None
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB
