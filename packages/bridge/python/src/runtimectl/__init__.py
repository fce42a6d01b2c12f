"""The name from which programs written for runtimectl import the controller."""

from hotcb_bridge import RuntimeController

__all__ = ["RuntimeController"]
