"""A callback that writes values as lines of JSON."""

from __future__ import annotations

import json
import os
from typing import Any, Dict, Sequence, Union

from .._page import as_number
from ._periodic import Env, Periodic, find, paths_of, statistics


class JSONLLoggerCallback(Periodic):
    """Appends numbers, and the moments of tensors, to a file. A file name without a folder refers to the run directory."""

    PARAMS = {"every": int, "out_path": str, "scalars": paths_of, "tensor_paths": paths_of}

    def __init__(
        self,
        id: str,
        every: int = 10,
        out_path: str = "hotcb_metrics.jsonl",
        scalars: Union[str, Sequence[str]] = ("loss",),
        tensor_paths: Union[str, Sequence[str]] = (),
    ) -> None:
        super().__init__(id, int(every))
        self.out_path = out_path
        self.scalars = paths_of(scalars)
        self.tensor_paths = paths_of(tensor_paths)

    def handle(self, event: str, env: Env) -> None:
        if not self.is_time(env):
            return
        line: Dict[str, Any] = {"id": self.id, "event": event}
        line.update({name: as_number(env.get(name)) for name in ("step", "epoch")})
        line.update({name: env.get(name) for name in ("phase", "framework")})
        line.update({path: as_number(find(env, path)) for path in self.scalars})
        line.update({f"{path}.stats": statistics(find(env, path)) for path in self.tensor_paths})
        path = self.out_path
        if os.path.basename(path) == path and env.get("run_dir"):
            path = os.path.join(env["run_dir"], path)
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
