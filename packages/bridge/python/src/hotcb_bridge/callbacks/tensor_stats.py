"""A callback that logs the moments of tensors."""

from __future__ import annotations

from typing import Sequence, Union

from ._periodic import Env, Periodic, find, paths_of, statistics, words


class TensorStatsCallback(Periodic):
    """Logs the shape, minimum, maximum, mean, standard deviation and norm of values in ``env``, by path."""

    PARAMS = {"every": int, "paths": paths_of, "prefix": str}

    def __init__(self, id: str, every: int = 100, paths: Union[str, Sequence[str]] = ("loss",), prefix: str = "") -> None:
        super().__init__(id, int(every))
        self.paths = paths_of(paths)
        self.prefix = prefix

    def handle(self, event: str, env: Env) -> None:
        if not self.is_time(env):
            return
        for path in self.paths:
            told = statistics(find(env, path))
            text = "there is no such number or tensor" if told is None else words(told)
            self.say(env, f"{self.prefix}{path}: {text} step={env.get('step')}")
