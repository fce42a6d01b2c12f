"""The line format between this process and the sidecar."""

from __future__ import annotations

import json
from typing import Any, Dict, Mapping

#: The version of the line format. The sidecar rejects any other version.
WIRE_VERSION = 1

#: The longest line, in bytes.
MAX_LINE_BYTES = 16 * 1024 * 1024

Message = Dict[str, Any]


def encode(message: Mapping[str, Any]) -> bytes:
    """Encodes a message as one line. Numbers are written in their shortest exact form, so they arrive bit-exact."""
    text = json.dumps(message, separators=(",", ":"), ensure_ascii=False)
    # A lone surrogate cannot be written as UTF-8, but JSON can escape it.
    return text.encode("utf-8", "backslashreplace") + b"\n"


def decode(line: bytes) -> Message:
    """Decodes the message on one line.

    Raises:
        ValueError: when the line is not a message.
    """
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError(f"a line from the sidecar must be an object, got {type(message).__name__}")
    return message
