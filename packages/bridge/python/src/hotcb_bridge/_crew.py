"""The ranks of one training run. Rank 0 has the sidecar. Every change that the sidecar's kernel makes is applied on all
ranks.
"""

from __future__ import annotations

import json
import os
import socket
import time
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence

from ._collective import Collective
from ._errors import BridgeError, RanksError
from ._process import log
from ._wire import Message, decode, encode

#: Requests that change the training run. Each is executed on all ranks before the kernel receives the answer.
SHARED = ("set", "scale", "load", "cb.load", "cb.make", "cb.call", "cb.run", "ctl.check", "ctl.call")

MEET_SECONDS = 0.05
ANSWER_SECONDS = 1.0
#: The time between two answers while callbacks are running. The answers report callback failures on other ranks.
TRIPS_SECONDS = 0.2
#: How long a process may take to exit after its connections have been closed.
END_SECONDS = 1.0

Serve = Callable[[Message], Any]


class Kept(NamedTuple):
    """How to undo one change."""

    seq: Optional[int]
    back: Callable[[], None]
    #: Called when the undo is no longer needed.
    forget: Callable[[], None]


class Crew:
    """What rank 0 and the other ranks have in common: the port, and the undo functions for changes on this rank."""

    def __init__(self, port: Collective, serve: Serve) -> None:
        self.port = port
        #: Why the other ranks can no longer be reached.
        self.lost: Optional[str] = None
        self._serve = serve
        # By request number: the number of its ledger line, its undo function, and the function that releases the undo.
        self._undo: Dict[int, Kept] = {}
        self._number = 0
        self._who: List[Dict[str, Any]] = []

    def introduce(self) -> None:
        """Exchanges process ids and hosts with all ranks, so that messages can name a lost rank."""
        me = json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode()
        self._who = [json.loads(text) for text in self.port.all_gather(me)]

    def keep(self, seq: Optional[int], back: Callable[[], None], forget: Callable[[], None] = lambda: None) -> None:
        """Stores the undo function of the current request."""
        self._undo[self._number] = Kept(seq, back, forget)

    def _put_back(self, number: int) -> None:
        kept = self._undo.pop(number, None)
        if kept is not None:
            try:
                kept.back()
            finally:
                kept.forget()

    def _settle_all(self) -> None:
        kept, self._undo = self._undo, {}
        for one in kept.values():
            one.forget()

    def look_around(self) -> bool:
        """Returns whether another rank's process has exited. If so, the ranks are lost."""
        self.lost = self.lost or self._named()
        return self.lost is not None

    def _lose(self, error: BaseException) -> None:
        self.lost = self._named() or f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no reason'}"

    def _named(self) -> Optional[str]:
        until = time.monotonic() + END_SECONDS
        here = socket.gethostname()
        while True:
            ended = [
                f"rank {rank} (pid {who['pid']}) has ended"
                for rank, who in enumerate(self._who)
                if who["host"] == here and has_ended(who["pid"])
            ]
            if ended:
                return ", ".join(ended)
            if time.monotonic() > until:
                return None
            time.sleep(0.02)


class Lead(Crew):
    """Rank 0."""

    def __init__(
        self,
        port: Collective,
        serve: Serve,
        keep: Callable[[Optional[int], Callable[[], None]], None],
        *,
        shares_saves: bool = False,
        has_callbacks: Callable[[], bool] = lambda: False,
        take_trips: Callable[[int, Sequence[Any]], None] = lambda rank, trips: None,
    ) -> None:
        super().__init__(port, serve)
        self._has_callbacks = has_callbacks
        self._take_trips = take_trips
        self._keep = keep
        self._shared = (*SHARED, "save") if shares_saves else SHARED
        self._is_meeting = False
        self._met = (time.perf_counter(), 0)
        self._answered = 0.0
        self._waited = 0.0

    def begin(self) -> None:
        """Starts a meeting (a point where all ranks synchronize). The other ranks listen from here to `end`."""
        self._is_meeting = self.lost is None

    def serve(self, request: Message) -> Any:
        """Answers a request from the kernel. If the request changes the training run, all ranks execute it.

        Raises:
            RanksError: when a rank rejects the request or cannot be reached.
        """
        if request["k"] == "wait":
            self._still_here()
        if request["k"] not in self._shared or self.lost is not None:
            return self._serve(request)
        if not self._is_meeting:
            raise BridgeError(f"the other ranks have left, and `{request['k']}` would change only rank 0")
        self._number += 1
        number = self._number
        self._keep(request.get("seq"), lambda: self._undo_everywhere(number))
        if not self._say({**request, "turn": number}):
            raise RanksError(f"the ranks cannot be reached: {self.lost}", lost=self.lost)
        value, mine = None, ""
        interrupt: Optional[BaseException] = None
        try:
            value = self._serve(request)
        except BaseException as error:
            mine = f"{type(error).__name__}: {error}"
            interrupt = None if isinstance(error, Exception) else error
        replies = self._ask(mine)
        if interrupt is not None:
            raise interrupt
        if replies is None:
            raise RanksError(f"the ranks cannot be reached: {self.lost}", lost=self.lost)
        refused = [rank for rank, reply in enumerate(replies) if reply]
        if not refused:
            return value
        if len(set(replies)) == 1:
            raise RanksError(mine)  # All ranks reject it for the same reason.
        if request["k"] in ("ctl.call", "load"):
            self._undo_everywhere(number)  # The kernel cannot undo these two.
        raise RanksError("; ".join(f"rank {rank}: {replies[rank]}" for rank in refused), ranks=refused)

    def end(self, header: Message, step: int, is_settled: bool) -> None:
        """Sends the last message of a meeting. Once a second, all ranks must answer it, so that a rank that has exited
        is detected.
        """
        if not self._is_meeting:
            return
        self._is_meeting = False
        now = time.perf_counter()
        self._met = (now, step)
        seconds = TRIPS_SECONDS if self._has_callbacks() else ANSWER_SECONDS
        is_asked = "error" not in header and now - self._answered > seconds
        more = {"settled": self._number} if is_settled else {}
        if is_settled:
            self._settle_all()
        if self._say({"k": "end", **header, **more, "answer": is_asked}) and is_asked:
            self._answered = now
            for rank, told in enumerate(self._ask("") or ()):
                if told:
                    self._take_trips(rank, json.loads(told))

    def next_step(self, step: int, due: int) -> int:
        """Returns the step of the next meeting: in about 50 ms, but no later than ``due``."""
        if due <= step:
            return step  # The next call.
        then, before = self._met
        each = (time.perf_counter() - then) / max(1, step - before)
        return min(step + max(1, round(MEET_SECONDS / max(each, 1e-6))), due)

    def _undo_everywhere(self, number: int) -> None:
        if self._is_meeting and self._say({"k": "undo", "turn": number}):
            mine = ""
            try:
                self._put_back(number)
            except Exception as error:
                mine = f"{type(error).__name__}: {error}"
            failed = {rank: told for rank, told in enumerate(self._ask(mine) or ()) if told}
            if failed:
                self._part("; ".join(f"rank {rank}: {told}" for rank, told in failed.items()))
        else:
            self._put_back(number)

    def _part(self, why: str) -> None:
        """Called when the ranks have different values. From then on, no rank is changed."""
        reason = f"the ranks differ: a change could not be undone: {why}"
        self._say({"k": "part", "why": reason})
        self.lost = reason

    def _still_here(self) -> None:
        now = time.monotonic()
        if self._is_meeting and self.lost is None and now - self._waited > ANSWER_SECONDS:
            self._waited = now
            self._say({"k": "wait"})

    def _say(self, message: Message) -> bool:
        if self.lost is not None:
            return False
        try:
            self.port.broadcast(encode(message))
        except Exception as error:
            self._lose(error)
        except BaseException as error:
            self._lose(error)  # It is unknown how much has been sent.
            raise
        return self.lost is None

    def _ask(self, mine: str) -> Optional[List[str]]:
        try:
            return [reply.decode() for reply in self.port.all_gather(mine.encode())]
        except Exception as error:
            self._lose(error)
            return None
        except BaseException as error:
            self._lose(error)
            raise


class Follower(Crew):
    """Any other rank. It executes rank 0's requests during meetings."""

    def __init__(self, port: Collective, serve: Serve, *, trips: Callable[[], Sequence[Any]] = lambda: ()) -> None:
        super().__init__(port, serve)
        self._trips = trips

    def follow(self) -> Optional[Message]:
        """Takes part in one meeting.

        Returns:
            The last message of the meeting; None if the ranks cannot be reached.

        Raises:
            BridgeError: when rank 0 has failed.
        """
        seq: Optional[int] = None
        is_done = True
        while self.lost is None:
            try:
                told = decode(self.port.broadcast(None))
                kind = told["k"]
                if kind == "end":
                    self._settle(told)
                    return told
                if kind == "part":
                    self.lost = told["why"]
                    log.warning("rank %d accepts no more commands: %s", self.port.rank, self.lost)
                    return None
                if kind != "wait":
                    seq, is_done = told.get("seq"), False
                    self._reply(self._do(told))
                    is_done = True
            except BridgeError:
                raise
            except Exception as error:
                self._leave(error, seq)
            except BaseException as error:
                self._leave(error, None if is_done else seq)
                raise
        return None

    def _do(self, told: Message) -> str:
        self._number = told["turn"]
        try:
            if told["k"] == "undo":
                self._put_back(told["turn"])
            else:
                self._serve(told)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return ""

    def _reply(self, text: str) -> None:
        self.port.all_gather(text.encode())

    def _settle(self, told: Message) -> None:
        if "settled" in told:
            self._settle_all()
        if told.get("answer"):
            trips = self._trips()
            self._reply(json.dumps(trips) if trips else "")
        if "error" in told:
            raise BridgeError(f"rank 0: {told['error']}")

    # Rank 0 has undone the change whose result it did not receive, so this rank undoes it too.
    def _leave(self, error: BaseException, seq: Optional[int]) -> None:
        self._lose(error)
        if seq is not None:
            for number in [number for number, kept in reversed(list(self._undo.items())) if kept.seq == seq]:
                try:
                    self._put_back(number)
                except Exception as problem:
                    log.warning("a change could not be undone: %s", problem)
        log.warning("rank %d accepts no more commands: the ranks cannot be reached: %s", self.port.rank, self.lost)


def has_ended(pid: int) -> bool:
    """Returns whether a process on this host has exited."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] in "ZX"
    except (OSError, IndexError):
        return False
