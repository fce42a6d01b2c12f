"""The contacts (message exchanges with the sidecar) of one training run: their content, and the recovery if the sidecar
is lost during one.
"""

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

# After this many consecutive failures to start a sidecar, the next attempt is delayed.
RESTARTS = 3


class Contacts:
    """Exchanges messages with one sidecar after another."""

    def __init__(self, place: Place, link: Link, server: Server, callbacks: Host, opening: Opening) -> None:
        self.link = link
        #: Whether a contact is in progress. `apply` must not be called during a contact.
        self.is_talking = False
        #: The ramp tables that the sidecar has sent since the ranks last synchronized.
        self.tables: Optional[List[Json]] = None
        #: Why the other ranks can no longer be reached.
        self.lost: Callable[[], Optional[str]] = lambda: None
        #: Whether a contact must wait until the ranks synchronize.
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
            BridgeError: when it cannot be started.
        """
        try:
            self.link.start(self._opening.message(is_paused=self._server.is_paused, is_first=True))
        except SidecarLost as error:
            how = self.link.bury()
            raise BridgeError(f"the hotcb sidecar cannot be started: it {how}: {error}") from None

    def submit(self, module: str, op: str, id: str, params: Optional[Json], *, counts: bool) -> str:
        """Queues a change for the next contact, if this rank may submit changes.

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
        """Requests a contact at that step. With several ranks, it is made when they next synchronize."""
        self._place.wanted = step
        if not self.wants_meetings or self.lost() is not None:
            self._place.due = step

    def talk(self, message: Message) -> "Steps[ApplyResult]":
        """Makes a contact that may change the training run. If a signal handler raises an exception during the contact,
        the exception is raised again afterwards.
        """
        done = yield from self.exchange({**message, **self._carried()})
        result = result_of(done["result"])
        if result.rewound is not None:
            self._place.rewind(result.rewound)
        interrupt, self.link.interrupt = self.link.interrupt, None
        if interrupt is not None:
            raise interrupt
        return result

    def ask(self, kind: str) -> "Steps[Message]":
        """Makes a contact that changes nothing."""
        place = self._place
        where = {"place": {"step": place.step, "call": max(0, place.call)}} if kind == "close" and place.step >= 0 else {}
        return (yield from self.exchange({"k": kind, **where, **self._carried()}))

    def exchange(self, message: Message) -> "Steps[Message]":
        """Makes one contact; if the sidecar is lost, with a new one."""
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
        """Stores the tables of the values that ramps will set until the next contact."""
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
        """Restores the state at the last ledger line after a sidecar has exited."""
        link = self.link
        how = link.bury()
        count, tail = link.put_back()
        if tail.paused is not None:
            self._server.is_paused = tail.paused
        changes = "1 change" if count == 1 else f"{count} changes"
        again = f"; undid {changes} without a ledger line" if count else ""
        link.note(f"the hotcb sidecar {how} and is started again at step {max(0, self._place.step)}; nothing was lost{again}")
        message["submits"] = [one for one in message.get("submits", ()) if one["cid"] not in tail.cids]
        return self._loaded(tail) if message["k"] == "apply" else None

    def _loaded(self, tail: Tail) -> Optional[Message]:
        """Returns the result of a checkpoint load whose ledger line was written before the sidecar was lost."""
        if tail.rewound is None:
            return None
        self.want(NOW)  # The next `apply` starts a new sidecar.
        done = _nothing(self.link.seq)
        paused = self._server.is_paused
        return {**done, "result": {**done["result"], "rewound": tail.rewound, "paused": paused}}

    def _restart(self, message: Message) -> "Steps[None]":
        """Starts a new sidecar for a training run that is already in progress."""
        link, place = self.link, self._place
        self._callbacks.orphan()
        opening = self._opening.message(is_paused=self._server.is_paused, is_first=link.attempt == 0)
        self._follow(link.start(opening))
        if message["k"] == "continue" or place.step < 0:
            self._callbacks.settle()
            return  # No step has begun, so the same message is sent again.
        # An `apply` is repeated. After any other message, the next call is a new one.
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
                except ValueError as error:  # Parameter groups were added. Commands fail with the same message.
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
    """Returns the result of a contact that no sidecar has answered."""
    return {"k": "done", "result": IDLE._asdict(), "due": NOW, "seq": seq}
