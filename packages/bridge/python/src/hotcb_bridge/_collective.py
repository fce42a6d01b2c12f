"""How the ranks of a training run communicate."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from typing import Any, List, Optional, Protocol, Tuple, Union

from ._errors import BridgeError

# A message of up to this size needs one round.
FRAME_BYTES = 256
_LENGTH_BYTES = 4


class Collective(Protocol):
    """The ranks of one training run. Both calls block until every rank has made them, and raise an exception if a rank
    has exited.
    """

    rank: int
    world_size: int

    def broadcast(self, data: Optional[bytes]) -> bytes:
        """Returns rank 0's bytes on every rank; the other ranks pass None."""
        ...

    def all_gather(self, data: bytes) -> List[bytes]:
        """Returns every rank's bytes, in rank order."""
        ...


class TorchCollective:
    """Uses a separate gloo group, because an nccl group would wait for the devices.

    Args:
        timeout: The maximum delay of a rank, for example because of a debugger or slow validation on rank 0.
    """

    def __init__(self, timeout: timedelta = timedelta(minutes=30)) -> None:
        import torch
        import torch.distributed as distributed

        self.rank: int = distributed.get_rank()
        self.world_size: int = distributed.get_world_size()
        self._torch: Any = torch
        self._distributed: Any = distributed
        self._group: Any = distributed.new_group(backend="gloo", timeout=timeout)
        self._frame: Any = torch.zeros(FRAME_BYTES, dtype=torch.uint8)
        self._frames: List[Any] = [torch.zeros(FRAME_BYTES, dtype=torch.uint8) for _ in range(self.world_size)]

    def broadcast(self, data: Optional[bytes]) -> bytes:
        if data is not None:
            self._fill(data)
        self._distributed.broadcast(self._frame, 0, group=self._group)
        size, text = _opened(self._frame)
        if size <= len(text):
            return text[:size]
        rest = self._torch.zeros(size - len(text), dtype=self._torch.uint8)
        if data is not None:
            rest = self._torch.frombuffer(bytearray(data[len(text) :]), dtype=self._torch.uint8)
        self._distributed.broadcast(rest, 0, group=self._group)
        return text + bytes(rest.tolist())

    def all_gather(self, data: bytes) -> List[bytes]:
        self._fill(data)
        self._distributed.all_gather(self._frames, self._frame, group=self._group)
        opened = [_opened(frame) for frame in self._frames]
        inline = FRAME_BYTES - _LENGTH_BYTES
        longest = max(size for size, _ in opened) - inline
        if longest <= 0:
            return [text[:size] for size, text in opened]
        mine = bytearray(data[inline:].ljust(longest, b"\0"))
        rests = [self._torch.zeros(longest, dtype=self._torch.uint8) for _ in opened]
        self._distributed.all_gather(rests, self._torch.frombuffer(mine, dtype=self._torch.uint8), group=self._group)
        return [(text + bytes(rest.tolist()))[:size] for (size, text), rest in zip(opened, rests)]

    def _fill(self, data: bytes) -> None:
        inline = data[: FRAME_BYTES - _LENGTH_BYTES]
        frame = bytearray(len(data).to_bytes(_LENGTH_BYTES, "little") + inline)
        self._frame[: len(frame)] = self._torch.frombuffer(frame, dtype=self._torch.uint8)


def _opened(frame: Any) -> Tuple[int, bytes]:
    data = bytes(frame.tolist())
    return int.from_bytes(data[:_LENGTH_BYTES], "little"), data[_LENGTH_BYTES:]


def find_collective(given: Union[Collective, str, None]) -> Optional[Collective]:
    """Returns the collective that connects the ranks of this training run; None if there is only one rank.

    Raises:
        BridgeError: when there are several ranks and this one cannot communicate with the others.
    """
    if given is not None and not isinstance(given, str):
        return given if given.world_size > 1 else None
    distributed = sys.modules.get("torch.distributed")
    is_up = distributed is not None and distributed.is_available() and distributed.is_initialized()
    size = distributed.get_world_size() if is_up and distributed is not None else _world_of_torchrun()
    if size <= 1:
        return None
    if given is None:
        raise BridgeError(
            f"a training run on {size} ranks needs a `collective`: otherwise each rank would take over the run directory"
        )
    if not is_up:
        raise BridgeError(f"torchrun has started {size} ranks: call torch.distributed.init_process_group before `apply`")
    return TorchCollective()


def _world_of_torchrun() -> int:
    size = os.environ.get("WORLD_SIZE", "1") if "TORCHELASTIC_RUN_ID" in os.environ else "1"
    return int(size) if size.isdigit() else 1
