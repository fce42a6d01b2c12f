"""Activations of layers, for the dashboard's pictures of features."""

from __future__ import annotations

import json
import os
from collections import deque
from typing import Any, Deque, Dict, List, Optional, Sequence


class FeatureCapture:
    """Keeps the outputs of layers every few steps, reduced to few dimensions.

    Args:
        every_n_steps: Steps between two captures; step 0 is one.
        max_samples: Rows of a batch that are kept.
        pre_reduce_dim: Dimensions that are kept, by principal components of the batch.
        ring_size: Captures that are kept in memory.
        output_path: Where lines are appended, such as ``hotcb.features.jsonl`` of the run directory. Default: nowhere.
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
        """Listens to these layers, instead of those before. A name that the model does not have is left out."""
        self.remove()
        modules = dict(model.named_modules())
        for name in layer_names:
            if name in modules:
                self._hooks.append(modules[name].register_forward_hook(self._listener(name)))

    def remove(self) -> None:
        """Listens to nothing any more."""
        for hook in self._hooks:
            hook.remove()
        self._hooks = []
        self._latest = {}

    def step(self, step: int) -> None:
        """Keeps what the layers have given last, if it is time. Outputs of one dimension, and tuples, are left out."""
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
