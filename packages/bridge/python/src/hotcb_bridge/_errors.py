"""The errors of this package."""

from __future__ import annotations

from typing import Optional, Sequence


class BridgeError(RuntimeError):
    """hotcb was used incorrectly, or its process cannot run."""


class RecipeError(BridgeError):
    """A strict replay was not followed exactly. Only ``close`` raises it."""

    def __init__(self, problems: Sequence[str]) -> None:
        #: One line for each entry that was late, missed or failed.
        self.problems = tuple(problems)
        shown = "; ".join(self.problems[:3]) + ("; ..." if len(self.problems) > 3 else "")
        super().__init__(f"strict replay policy: {len(self.problems)} problem(s): {shown}")


class SidecarLost(Exception):
    """The sidecar has exited or does not answer. This error is never raised to callers of the package."""


class RanksError(Exception):
    """Not all ranks could apply a change. This error is never raised to callers of the package; the command fails
    instead.
    """

    def __init__(self, message: str, ranks: Sequence[int] = (), lost: Optional[str] = None) -> None:
        super().__init__(message)
        #: The ranks that rejected the change, if others did not.
        self.ranks = tuple(ranks)
        #: Why the other ranks cannot be reached.
        self.lost = lost
