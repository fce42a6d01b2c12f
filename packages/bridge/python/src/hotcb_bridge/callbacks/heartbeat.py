"""A callback that shows that the training run is alive."""

from __future__ import annotations

from ._periodic import Env, Periodic


class HeartbeatCallback(Periodic):
    """Logs a message every few steps."""

    PARAMS = {"every": int, "message": str}

    def __init__(self, id: str, every: int = 50, message: str = "alive") -> None:
        super().__init__(id, int(every))
        self.message = message

    def handle(self, event: str, env: Env) -> None:
        if self.is_time(env):
            self.say(
                env, f"{self.message} event={event} step={env.get('step')} epoch={env.get('epoch')} phase={env.get('phase')}"
            )
