"""The log of a run directory."""

from __future__ import annotations

import os
import time


def append_log(run_dir: str, source: str, message: str) -> None:
    """Appends a line to ``hotcb.log``. A log that cannot be written must not stop training."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + ".000Z"
    try:
        with open(os.path.join(run_dir, "hotcb.log"), "a", encoding="utf-8") as file:
            file.write(f"{stamp} [{source}] {message}\n")
    except OSError:
        pass
