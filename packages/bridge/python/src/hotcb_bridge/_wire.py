"""The lines between this process and the sidecar."""

from __future__ import annotations

import json
from typing import Any, Dict, Mapping

#: Version of the lines. The sidecar refuses any other.
WIRE_VERSION = 1

#: The longest line, in bytes.
MAX_LINE_BYTES = 16 * 1024 * 1024

Message = Dict[str, Any]


def encode(message: Mapping[str, Any]) -> bytes:
    """A message as one line. Numbers are written in their shortest text, so they arrive bit-exact."""
    text = json.dumps(message, separators=(",", ":"), ensure_ascii=False)
    # A lone surrogate cannot be written as UTF-8, and JSON can name it.
    return text.encode("utf-8", "backslashreplace") + b"\n"


def decode(line: bytes) -> Message:
    """The message of one line.

    Raises:
        ValueError: when it is not one.
    """
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError(f"a line of the sidecar must be an object, got {type(message).__name__}")
    return message
