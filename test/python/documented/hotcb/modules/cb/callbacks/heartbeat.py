"""Logs from time to time that the training run is alive."""


class HeartbeatCallback:
    """Logs a line every `every` steps; 0 turns it off."""

    def __init__(self, id, every=50, message="alive"):
        self.id = id
        self.set_params(every=every, message=message)

    def set_params(self, **params):
        """Sets `every` and `message`."""
        self.every = int(params.get("every", getattr(self, "every", 50)))
        self.message = str(params.get("message", getattr(self, "message", "alive")))

    def handle(self, event, env):
        """Called at each event."""
        step = int(env.get("step", 0))
        if self.every > 0 and step % self.every == 0:
            place = f"event={event} step={step} epoch={float(env.get('epoch') or 0):.3f} phase={env.get('phase')}"
            env["log"](f"[hotcb:{self.id}] {self.message} {place}")
