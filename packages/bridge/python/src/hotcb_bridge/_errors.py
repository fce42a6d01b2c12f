"""What can go wrong."""

from __future__ import annotations

from typing import Optional, Sequence


class BridgeError(RuntimeError):
    """hotcb was used wrongly, or its process cannot run."""


class RecipeError(BridgeError):
    """A strict replay that was not followed exactly; raised by ``close`` only."""

    def __init__(self, problems: Sequence[str]) -> None:
        #: One line for each entry that was late, missed or failed.
        self.problems = tuple(problems)
        shown = "; ".join(self.problems[:3]) + ("; ..." if len(self.problems) > 3 else "")
        super().__init__(f"strict replay policy: {len(self.problems)} problem(s): {shown}")


class SidecarLost(Exception):
    """The sidecar has ended, or does not answer. Never leaves this package."""


class RanksError(Exception):
    """A change that not all ranks could make. Never leaves this package: it is the failure of a command."""

    def __init__(self, message: str, ranks: Sequence[int] = (), lost: Optional[str] = None) -> None:
        super().__init__(message)
        #: Those that refused it, if others did not.
        self.ranks = tuple(ranks)
        #: Why the ranks cannot be reached.
        self.lost = lost
