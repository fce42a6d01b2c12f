"""Checkpoints of a PyTorch training run."""

from __future__ import annotations

import os
import random
import sys
from typing import Any, Callable, Dict, Mapping, Optional, Tuple

#: Writes the trainer's state into a directory; ``step`` is the next step to train.
SaveFn = Callable[[str, int], None]
#: Reads the trainer's state. Returns the next step to train, or None for the checkpoint's own step.
LoadFn = Callable[[str], Optional[int]]

FILE = "state.pt"


def torch_checkpoint(
    *,
    model: Any,
    optimizer: Any,
    scheduler: Any = None,
    scaler: Any = None,
    extra: Optional[Mapping[str, Any]] = None,
    rng: bool = True,
) -> Tuple[SaveFn, LoadFn]:
    """Handlers for ``checkpoint save`` and ``checkpoint load``: ``HotKernel(..., save=save, load=load)``.

    Args:
        extra: Additional objects with ``state_dict`` and ``load_state_dict``, by name, such as a sampler or a weight
            average.
        rng: Whether to save the states of the random generators of torch, its devices, NumPy and Python.
    """
    parts: Dict[str, Any] = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "scaler": scaler}
    parts = {name: part for name, part in parts.items() if part is not None}
    for name, part in (extra or {}).items():
        if name in parts or name == "rng":
            raise ValueError(f"`extra` cannot have `{name}`: that name is taken")
        parts[name] = part

    def save(directory: str, step: int) -> None:
        import torch

        state = {name: part.state_dict() for name, part in parts.items()}
        if rng:
            state["rng"] = rng_state()
        torch.save(state, os.path.join(directory, FILE))

    def load(directory: str) -> Optional[int]:
        import torch

        state = torch.load(os.path.join(directory, FILE), map_location="cpu", weights_only=True)
        missing = [name for name in parts if name not in state]
        if missing:
            raise ValueError(f"this checkpoint has no state for {', '.join(missing)}")
        for name, part in parts.items():
            part.load_state_dict(state[name])
        if rng and "rng" in state:
            set_rng_state(state["rng"])
        return None

    return save, load


def rng_state() -> Dict[str, Any]:
    import torch

    version, internal, gauss = random.getstate()
    state: Dict[str, Any] = {"torch": torch.get_rng_state(), "python": [version, list(internal), gauss]}
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state_all()
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        name, keys, *rest = numpy.random.get_state()
        state["numpy"] = [name, keys.tolist(), *rest]
    return state


def set_rng_state(state: Mapping[str, Any]) -> None:
    import torch

    torch.set_rng_state(state["torch"])
    version, internal, gauss = state["python"]
    random.setstate((version, tuple(internal), gauss))
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(state["cuda"])
    if "numpy" in state:
        import numpy

        name, keys, *rest = state["numpy"]
        numpy.random.set_state((name, numpy.array(keys, dtype=numpy.uint32), *rest))


def weights_sha256(model: Any) -> str:
    """Returns the SHA-256 of a model's parameters and buffers, in hexadecimal. Two hashes are equal only if the weights
    are bit-identical.
    """
    import ctypes
    import hashlib

    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        flat = tensor.detach().cpu().contiguous()
        digest.update(ctypes.string_at(flat.data_ptr(), flat.numel() * flat.element_size()) if flat.numel() else b"")
    return digest.hexdigest()
