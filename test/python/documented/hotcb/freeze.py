"""What may change a run: `hotcb.freeze.json`."""

import json
from dataclasses import dataclass
from typing import Optional

from .files import modified

MODES = ("off", "prod", "replay", "replay_adjusted")


@dataclass
class FreezeState:
    """The document. A missing, empty or torn document means off, and so does an unknown mode."""

    mode: str = "off"
    recipe_path: Optional[str] = None
    adjust_path: Optional[str] = None
    policy: str = "best_effort"
    step_offset: int = 0
    time: float = 0.0

    @staticmethod
    def load(path):
        time = modified(path)
        try:
            with open(path, "r", encoding="utf-8") as file:
                read = json.load(file)
            mode = read.get("mode")
            return FreezeState(
                mode if mode in MODES else "off",
                read.get("recipe_path"),
                read.get("adjust_path"),
                read.get("policy") or "best_effort",
                int(read.get("step_offset") or 0),
                time,
            )
        except (OSError, ValueError, AttributeError):
            return FreezeState(time=time)

    def save(self, path):
        """Overwrites the document with its five keys, and returns it."""
        keys = ("mode", "recipe_path", "adjust_path", "policy", "step_offset")
        document = {key: getattr(self, key) for key in keys}
        with open(path, "w", encoding="utf-8") as file:
            json.dump(document, file)
        return document
