"""A callback that logs the memory usage of the process and the devices."""

from __future__ import annotations

import resource
import sys

from ._periodic import Env, Periodic


class SystemStatsCallback(Periodic):
    """Logs the peak memory usage of the process, and the GPU memory that PyTorch has allocated and reserved, in MiB."""

    PARAMS = {"every": int, "gpu": bool}

    def __init__(self, id: str, every: int = 200, gpu: bool = True) -> None:
        super().__init__(id, int(every))
        self.gpu = bool(gpu)

    def handle(self, event: str, env: Env) -> None:
        if not self.is_time(env):
            return
        # Linux counts in KiB, macOS in bytes.
        unit = 1024 * 1024 if sys.platform == "darwin" else 1024
        told = f"max_rss={resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit:.1f}"
        torch = sys.modules.get("torch")
        if self.gpu and torch is not None and torch.cuda.is_available():
            allocated, reserved = torch.cuda.memory_allocated() / 2**20, torch.cuda.memory_reserved() / 2**20
            told += f" cuda_allocated={allocated:.1f} cuda_reserved={reserved:.1f}"
        self.say(env, f"{told} MiB step={env.get('step')}")
