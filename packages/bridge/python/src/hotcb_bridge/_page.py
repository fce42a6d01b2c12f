"""The memory that this process shares with the sidecar: a flag, and a ring of metrics."""

from __future__ import annotations

import json
import math
import mmap
import os
import struct
import tempfile
import time
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Tuple

BYTES = 1 << 20
FLAG = 0
HEAD = 1  # in words of eight bytes
DRAINED = 2
RING = 4096
RING_BYTES = (1 << 20) - 8192
HEADER = struct.Struct("<iiqdd")
NAMES, FEATURE, SKIP = -1, -2, -3

_TOP_LEVEL = ("loss", "train_loss", "val_loss")

Names = Tuple[str, ...]


def open_file() -> int:
    """Opens a file of the page's size. The file exists only while it is open."""
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create("hotcb")
    else:
        fd, path = tempfile.mkstemp(prefix="hotcb-")
        os.unlink(path)
    os.ftruncate(fd, BYTES)
    return fd


class Page:
    """The shared page. Only this process writes the ring and its head, and only the sidecar writes how far the ring has
    been drained.
    """

    def __init__(self) -> None:
        self.fd = open_file()
        self.map = mmap.mmap(self.fd, BYTES)
        self.flag = memoryview(self.map)
        self.words = self.flag.cast("q")
        self.head = 0
        # By metric names: the packer for a record, the number of the shape, and whether all values were plain numbers.
        self._shapes: Dict[Names, Tuple[struct.Struct, int, bool]] = {}

    @property
    def shapes(self) -> List[List[str]]:
        """Returns the metric names of each shape, by shape number."""
        return [list(names) for names in self._shapes]

    def close(self) -> None:
        if self.map.closed:
            return
        self.words.release()
        self.flag.release()
        self.map.close()
        os.close(self.fd)

    def room(self, size: int) -> bool:
        """Returns whether a record of that size fits now, including the bytes that may have to be skipped."""
        left = RING_BYTES - self.head % RING_BYTES
        needed = size if size <= left else left + size
        return self.head + needed - self.words[DRAINED] <= RING_BYTES

    def put_metrics(self, step: int, epoch: Optional[float], metrics: Mapping[str, Any], wait: Callable[[int], None]) -> float:
        """Puts a record into the ring. Values that are not numbers are left out.

        Args:
            wait: Called with the size of a record that does not fit. It returns when there is room.

        Returns:
            The wall time of the record, in epoch seconds.
        """
        now = time.time()
        names = tuple(metrics)
        at = math.nan if epoch is None else epoch
        shape = self._shapes.get(names)
        if shape is not None and shape[2]:
            packer, number, _ = shape
            size = packer.size
            place = self._place(size, wait)
            try:
                packer.pack_into(self.map, RING + place, size, number, step, at, now, *metrics.values())
            except (struct.error, TypeError, ValueError, RuntimeError):
                return self._put_numbers(step, at, now, metrics, wait)
            self._advance(size)
            return now
        return self._put_numbers(step, at, now, metrics, wait)

    def put_feature(self, line: Any, wait: Callable[[int], None]) -> None:
        """Puts a line for the features file into the ring."""
        self._put_text(FEATURE, 0, line, wait)

    def records(self, start: int, end: int) -> Iterator[Tuple[int, int, int, float, float, bytes]]:
        """Yields the records between two positions: (end position, shape, step, epoch, wall time, payload)."""
        at = start
        while at < end:
            place = RING + at % RING_BYTES
            size, shape = struct.unpack_from("<ii", self.map, place)
            if shape != SKIP:
                _, _, step, epoch, wall = HEADER.unpack_from(self.map, place)
                yield at + size, shape, step, epoch, wall, bytes(self.map[place + HEADER.size : place + size])
            at += size

    def _put_numbers(self, step: int, epoch: float, now: float, given: Mapping[str, Any], wait: Callable[[int], None]) -> float:
        numbers = {str(name): number for name, value in given.items() if (number := as_number(value)) is not None}
        if not numbers:
            return now
        names = tuple(numbers)
        shape = self._shapes.get(names)
        if shape is None:
            is_plain = all(type(given.get(name)) in (float, int) for name in names)
            shape = (struct.Struct(f"<iiqdd{len(names)}d"), len(self._shapes), is_plain)
            self._put_text(NAMES, shape[1], list(names), wait)
            self._shapes[names] = shape
        packer, number, _ = shape
        place = self._place(packer.size, wait)
        packer.pack_into(self.map, RING + place, packer.size, number, step, epoch, now, *numbers.values())
        self._advance(packer.size)
        return now

    def _put_text(self, shape: int, step: int, value: Any, wait: Callable[[int], None]) -> None:
        text = json.dumps(value, separators=(",", ":")).encode()
        size = HEADER.size + (len(text) + 7) // 8 * 8
        place = self._place(size, wait)
        HEADER.pack_into(self.map, RING + place, size, shape, step, math.nan, 0.0)
        start = RING + place + HEADER.size
        self.map[start : RING + place + size] = text.ljust(size - HEADER.size)
        self._advance(size)

    def _place(self, size: int, wait: Callable[[int], None]) -> int:
        """Returns the position of the next record in the ring."""
        if not self.room(size):
            wait(size)
        place = self.head % RING_BYTES
        left = RING_BYTES - place
        if size <= left:
            return place
        struct.pack_into("<ii", self.map, RING + place, left, SKIP)
        self.head += left
        return 0

    def _advance(self, size: int) -> None:
        self.head += size
        self.words[HEAD] = self.head


def as_number(value: Any) -> Optional[float]:
    """Returns a number, a boolean, or a tensor or array with a single element as a float; None for anything else."""
    if isinstance(value, (int, float)):
        return float(value)
    if value is None or isinstance(value, (str, bytes)):
        return None
    try:
        # Converting a loss that still has a graph would cause a warning.
        return float(value.detach() if hasattr(value, "detach") else value)
    except (TypeError, ValueError, RuntimeError):
        return None


def metrics_of(env: Mapping[str, Any]) -> Optional[Mapping[str, Any]]:
    """Returns the metrics of a safe point: ``env["metrics"]``, and the losses at the top level of ``env``."""
    metrics: Optional[Mapping[str, Any]] = env.get("metrics")
    beside = [name for name in _TOP_LEVEL if name in env and (metrics is None or name not in metrics)]
    if not beside:
        return metrics
    return {**(metrics or {}), **{name: env[name] for name in beside}}
