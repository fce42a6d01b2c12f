"""The ranks of one training run: rank 0 has the sidecar, and what its kernel changes is changed on all of them."""

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

#: Requests that change the training: each is done on all ranks before the kernel hears of it.
SHARED = ("set", "scale", "load", "cb.load", "cb.make", "cb.call", "cb.run", "ctl.check", "ctl.call")

MEET_SECONDS = 0.05
ANSWER_SECONDS = 1.0
#: While callbacks run, whose failures the others tell.
TRIPS_SECONDS = 0.2
#: How long a process may take to end after its connections have closed.
END_SECONDS = 1.0

Serve = Callable[[Message], Any]


class Kept(NamedTuple):
    """How to put back one change."""

    seq: Optional[int]
    back: Callable[[], None]
    #: Called when it is not needed any more.
    forget: Callable[[], None]


class Crew:
    """What both sides share: the port, and how to put back what was changed here."""

    def __init__(self, port: Collective, serve: Serve) -> None:
        self.port = port
        #: Why the other ranks cannot be reached any more.
        self.lost: Optional[str] = None
        self._serve = serve
        # By the number of the request: the ledger line it belongs to, what puts it back, and what forgets how.
        self._undo: Dict[int, Kept] = {}
        self._number = 0
        self._who: List[Dict[str, Any]] = []

    def introduce(self) -> None:
        """All tell each other where they run, to name the one that is lost."""
        me = json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode()
        self._who = [json.loads(text) for text in self.port.all_gather(me)]

    def keep(self, seq: Optional[int], back: Callable[[], None], forget: Callable[[], None] = lambda: None) -> None:
        """Remembers how to put back the request that is being done."""
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
        """Whether the process of another rank has ended: then the ranks are lost."""
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
        """The others listen from here to `end`."""
        self._is_meeting = self.lost is None

    def serve(self, request: Message) -> Any:
        """The answer to a request of the kernel: that of all ranks if it changes the training.

        Raises:
            RanksError: when a rank refuses, or cannot be reached.
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
            raise RanksError(mine)  # No rank can do it: the words are those of one.
        if request["k"] in ("ctl.call", "load"):
            self._undo_everywhere(number)  # Nobody else knows how.
        raise RanksError("; ".join(f"rank {rank}: {replies[rank]}" for rank in refused), ranks=refused)

    def end(self, header: Message, step: int, is_settled: bool) -> None:
        """The last message of a meeting. All answer it once a second, so that a rank that is gone is noticed."""
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
        """Where to meet again: in about 50 ms, and not after ``due``."""
        if due <= step:
            return step  # At the next call.
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
        """The ranks have different values now: nothing more is changed on any of them."""
        reason = f"the ranks differ: a change could not be put back: {why}"
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
            self._lose(error)  # Nobody knows what has been sent.
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
    """Any other rank: it does what rank 0 says, where they meet."""

    def __init__(self, port: Collective, serve: Serve, *, trips: Callable[[], Sequence[Any]] = lambda: ()) -> None:
        super().__init__(port, serve)
        self._trips = trips

    def follow(self) -> Optional[Message]:
        """One meeting.

        Returns:
            Its end; None if the ranks cannot be reached.

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
                    log.warning("rank %d takes no more commands: %s", self.port.rank, self.lost)
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

    # Rank 0 has put back the change whose result it could not get: so does this one.
    def _leave(self, error: BaseException, seq: Optional[int]) -> None:
        self._lose(error)
        if seq is not None:
            for number in [number for number, kept in reversed(list(self._undo.items())) if kept.seq == seq]:
                try:
                    self._put_back(number)
                except Exception as problem:
                    log.warning("a change could not be put back: %s", problem)
        log.warning("rank %d takes no more commands: the ranks cannot be reached: %s", self.port.rank, self.lost)


def has_ended(pid: int) -> bool:
    """Whether a process of this host has ended."""
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
