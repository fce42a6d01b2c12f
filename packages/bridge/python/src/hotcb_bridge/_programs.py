"""The ``hotcb`` and ``runtimectl`` programs. They run with the same Node as training runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from ._errors import BridgeError
from ._node import find_node


def hotcb() -> NoReturn:
    _run("hotcb")


def runtimectl() -> NoReturn:
    _run("runtimectl")


def _run(name: str) -> NoReturn:
    try:
        node = find_node()
    except BridgeError as error:
        print(f"{name}: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    # `hotcb demo --python` and `hotcb doctor --python` use this interpreter.
    os.environ["HOTCB_PYTHON"] = os.environ.get("HOTCB_PYTHON") or sys.executable
    words = [node, str(Path(__file__).with_name(f"_{name}.cjs")), *sys.argv[1:]]
    if os.name == "nt":
        raise SystemExit(subprocess.run(words).returncode)
    sys.stdout.flush()
    os.execv(node, words)
