"""Layer activations, for the dashboard's feature plots."""

from __future__ import annotations

import json
import os
from collections import deque
from typing import Any, Deque, Dict, List, Optional, Sequence


class FeatureCapture:
    """Captures layer outputs every few steps, reduced to a few dimensions.

    Args:
        every_n_steps: Steps between two captures; the first is at step 0.
        max_samples: The number of rows in a batch to keep.
        pre_reduce_dim: The number of dimensions to keep: principal components of the batch.
        ring_size: The number of captures to keep in memory.
        output_path: The file to which lines are appended, such as ``hotcb.features.jsonl`` in the run directory.
            Default: none.
    """

    def __init__(
        self,
        every_n_steps: int = 50,
        max_samples: int = 256,
        pre_reduce_dim: int = 64,
        ring_size: int = 100,
        output_path: Optional[str] = None,
    ) -> None:
        self.every_n_steps = max(1, int(every_n_steps))
        self.max_samples = max_samples
        self.pre_reduce_dim = pre_reduce_dim
        self.output_path = None if output_path is None else os.fspath(output_path)
        self.snapshots: Deque[Dict[str, Any]] = deque(maxlen=ring_size)
        self._hooks: List[Any] = []
        self._latest: Dict[str, Any] = {}

    def register(self, model: Any, layer_names: Sequence[str]) -> None:
        """Starts capturing these layers, and stops capturing earlier ones. A name that the model does not have is
        ignored.
        """
        self.remove()
        modules = dict(model.named_modules())
        for name in layer_names:
            if name in modules:
                self._hooks.append(modules[name].register_forward_hook(self._listener(name)))

    def remove(self) -> None:
        """Stops capturing."""
        for hook in self._hooks:
            hook.remove()
        self._hooks = []
        self._latest = {}

    def step(self, step: int) -> None:
        """Captures the last outputs of the layers, if a capture is due. One-dimensional outputs and tuples are left
        out.
        """
        if step % self.every_n_steps != 0:
            return
        for name, output in self._latest.items():
            line = {"step": step, "layer_name": name, "activations": self._reduced(output).tolist()}
            self.snapshots.append(line)
            if self.output_path is not None:
                with open(self.output_path, "a", encoding="utf-8") as file:
                    file.write(json.dumps(line) + "\n")

    def _listener(self, name: str) -> Any:
        def listen(_module: Any, _given: Any, output: Any) -> None:
            if getattr(output, "ndim", 0) >= 2:
                self._latest[name] = output.detach()

        return listen

    def _reduced(self, output: Any) -> Any:
        import torch

        rows = output[: self.max_samples].reshape(min(len(output), self.max_samples), -1).float().cpu()
        if rows.shape[1] <= self.pre_reduce_dim or len(rows) < 2:
            return rows
        centred = rows - rows.mean(0)
        _, _, directions = torch.linalg.svd(centred, full_matrices=False)
        return centred @ directions[: self.pre_reduce_dim].T
