"""The contacts of one training run: what each carries, and what follows when a sidecar is lost within one."""

from __future__ import annotations

import secrets
from typing import Any, Callable, Dict, List, Optional, Set

from ._callbacks import Host
from ._errors import BridgeError, SidecarLost
from ._link import NEVER, NOW, Link, Tail
from ._opening import Opening
from ._place import Place
from ._results import IDLE, ApplyResult, result_of
from ._serve import Server
from ._waiting import Steps
from ._wire import Message, encode

Json = Dict[str, Any]

# Losses of a sidecar that is just being started, in a row, after which it is tried again later.
RESTARTS = 3


class Contacts:
    """Talks with one sidecar after another."""

    def __init__(self, place: Place, link: Link, server: Server, callbacks: Host, opening: Opening) -> None:
        self.link = link
        #: Whether the trainer is being asked: then `apply` must not be called.
        self.is_talking = False
        #: The tables of ramps as the sidecar has sent them since the last meeting of the ranks.
        self.tables: Optional[List[Json]] = None
        #: Why the other ranks cannot be reached any more.
        self.lost: Callable[[], Optional[str]] = lambda: None
        #: With ranks, a contact is made where they meet.
        self.wants_meetings = False
        self._place = place
        self._server = server
        self._callbacks = callbacks
        self._opening = opening
        self._submits: List[Json] = []
        self._submitted = 0
        self._token = secrets.token_hex(4)
        self._said: Set[str] = set()

    def open(self) -> None:
        """Starts the first sidecar.

        Raises:
            BridgeError: when that is impossible.
        """
        try:
            self.link.start(self._opening.message(is_paused=self._server.is_paused, is_first=True))
        except SidecarLost as error:
            how = self.link.bury()
            raise BridgeError(f"the hotcb sidecar cannot be started: it {how}: {error}") from None

    def submit(self, module: str, op: str, id: str, params: Optional[Json], *, counts: bool) -> str:
        """A change for the next contact, if it counts on this rank.

        Returns:
            The ``cid`` of its ledger line.
        """
        self._submitted += 1
        cid = f"py-{self._token}-{self._submitted}"
        asked = {"module": module, "op": op, "id": id, "params": params, "cid": cid}
        encode(asked)
        if counts:
            self._submits.append(asked)
            self.want(NOW)
        return cid

    def want(self, step: int) -> None:
        """A contact is needed at that step. With several ranks it is made where they meet."""
        self._place.wanted = step
        if not self.wants_meetings or self.lost() is not None:
            self._place.due = step

    def talk(self, message: Message) -> "Steps[ApplyResult]":
        """A contact that may change the training. What a signal handler has raised meanwhile is raised at its end."""
        done = yield from self.exchange({**message, **self._carried()})
        result = result_of(done["result"])
        if result.rewound is not None:
            self._place.rewind(result.rewound)
        interrupt, self.link.interrupt = self.link.interrupt, None
        if interrupt is not None:
            raise interrupt
        return result

    def ask(self, kind: str) -> "Steps[Message]":
        """A contact that changes nothing."""
        place = self._place
        where = {"place": {"step": place.step, "call": max(0, place.call)}} if kind == "close" and place.step >= 0 else {}
        return (yield from self.exchange({"k": kind, **where, **self._carried()}))

    def exchange(self, message: Message) -> "Steps[Message]":
        """One contact, with another sidecar if this one is lost."""
        link = self.link
        self.is_talking = True
        losses = 0
        try:
            while True:
                if link.sidecar is None and not link.can_retry:
                    self._submits += message.get("submits", ())
                    self.want(NOW)
                    return _nothing(link.seq)
                try:
                    if link.sidecar is None:
                        yield from self._restart(message)
                except BridgeError as error:
                    link.wait_to_retry(str(error))
                    continue
                except SidecarLost as error:
                    losses += 1
                    link.bury()
                    link.put_back()
                    if losses >= RESTARTS:
                        link.wait_to_retry(str(error))
                    continue
                try:
                    done = self._follow((yield from link.exchange(message)))
                    if message["k"] == "apply":
                        self._server.is_paused = done["result"]["paused"]
                    return done
                except SidecarLost:
                    lost = self._recover(message)
                    if lost is not None:
                        return lost
        except BridgeError:
            raise
        except BaseException:
            link.give_up()
            self.want(NOW)
            raise
        finally:
            self.is_talking = False

    def take_moves(self, moves: List[Json]) -> None:
        """Tables of what ramps move until the next contact."""
        controls = self._server.controls
        self._place.moves = [(controls[move["i"]], move["first"], move["rows"]) for move in moves]
        self._place.moved = None
        self.tables = moves

    def _follow(self, done: Message) -> Message:
        due = done["due"]
        self.want(NEVER if due is None else due)
        self.take_moves(done.get("moves", []))
        return done

    def _recover(self, message: Message) -> Optional[Message]:
        """After the end of a sidecar: the state of its last ledger line."""
        link = self.link
        how = link.bury()
        count, tail = link.put_back()
        if tail.paused is not None:
            self._server.is_paused = tail.paused
        changes = "1 change" if count == 1 else f"{count} changes"
        again = f"; {changes} without a line put back" if count else ""
        link.note(f"the hotcb sidecar {how} and is started again at step {max(0, self._place.step)}; nothing was lost{again}")
        message["submits"] = [one for one in message.get("submits", ()) if one["cid"] not in tail.cids]
        return self._loaded(tail) if message["k"] == "apply" else None

    def _loaded(self, tail: Tail) -> Optional[Message]:
        """The result of a checkpoint load whose line was written before the sidecar was lost."""
        if tail.rewound is None:
            return None
        self.want(NOW)  # The next `apply` starts another one.
        done = _nothing(self.link.seq)
        paused = self._server.is_paused
        return {**done, "result": {**done["result"], "rewound": tail.rewound, "paused": paused}}

    def _restart(self, message: Message) -> "Steps[None]":
        """Starts another sidecar for a training run that is under way."""
        link, place = self.link, self._place
        self._callbacks.orphan()
        opening = self._opening.message(is_paused=self._server.is_paused, is_first=link.attempt == 0)
        self._follow(link.start(opening))
        if message["k"] == "continue" or place.step < 0:
            self._callbacks.settle()
            return  # Nothing has begun: the same message begins it.
        # An `apply` is made again; after anything else, the next one comes.
        call = place.call if message["k"] == "apply" else place.call + 1
        takeover = {
            "k": "takeover",
            "place": {"step": max(0, place.step), "call": max(0, call)},
            "since": link.attempt,
            "max_steps": place.max_steps,
            "snapshot": None,
            **self._carried(is_repeated=True),
        }
        self._follow((yield from link.exchange(takeover)))
        self._callbacks.settle()
        self.want(NOW)

    def _carried(self, is_repeated: bool = False) -> Json:
        carried: Json = {"head": self.link.page.head}
        for control in self._server.controls:
            if control.rates is not None:
                try:
                    carried["rates"] = control.rates()
                except ValueError as error:  # Groups were added: a command fails with the same words.
                    self._say_once(str(error))
        lost = self.lost()
        if lost is not None:
            carried["lost"] = lost
        news = None if is_repeated else self._callbacks.news()
        if news is not None:
            carried["callbacks"] = news
        if self._submits and not is_repeated:
            carried["submits"], self._submits = self._submits, []
        return carried

    def _say_once(self, problem: str) -> None:
        if problem not in self._said:
            self._said.add(problem)
            self.link.note(problem)


def _nothing(seq: int) -> Message:
    """The end of a contact that no sidecar has answered."""
    return {"k": "done", "result": IDLE._asdict(), "due": NOW, "seq": seq}
