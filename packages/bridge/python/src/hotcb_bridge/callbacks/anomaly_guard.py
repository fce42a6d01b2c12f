"""A callback that looks for NaN and infinity."""

from __future__ import annotations

from typing import Sequence, Union

from ._periodic import Env, Periodic, find, paths_of, statistics


class AnomalyGuardCallback(Periodic):
    """Logs NaN and infinities in values in ``env``. It can also raise an error, which disables the callback and is
    recorded in the ledger.
    """

    PARAMS = {"every": int, "paths": paths_of, "raise_on_trigger": bool, "disable_after_trigger": bool}

    def __init__(
        self,
        id: str,
        every: int = 1,
        paths: Union[str, Sequence[str]] = ("loss",),
        raise_on_trigger: bool = False,
        disable_after_trigger: bool = False,
    ) -> None:
        super().__init__(id, int(every))
        self.paths = paths_of(paths)
        self.raise_on_trigger = bool(raise_on_trigger)
        self.disable_after_trigger = bool(disable_after_trigger)

    def handle(self, event: str, env: Env) -> None:
        if not self.is_time(env):
            return
        for path in self.paths:
            told = statistics(find(env, path))
            if told is None or not (told.get("nan") or told.get("inf")):
                continue
            said = f"{path} has {told['nan']} NaN and {told['inf']} infinite values at step {env.get('step')}"
            self.say(env, said)
            if self.disable_after_trigger:
                self.every = 0
            if self.raise_on_trigger:
                raise RuntimeError(said)
