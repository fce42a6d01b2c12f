"""The ranks of a training run meet for each contact; a training run on one rank makes it alone."""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional

from ._callbacks import Host
from ._collective import Collective
from ._contacts import Contacts
from ._crew import Crew, Follower, Lead
from ._link import NEVER, NOW
from ._place import Place
from ._results import IDLE, ApplyResult, result_of
from ._serve import Server
from ._waiting import Steps
from ._wire import Message


class Meetings:
    """Where the ranks meet, and what they agree on there."""

    def __init__(self, place: Place, contacts: Contacts, server: Server) -> None:
        #: The other ranks. Rank 0 leads; on the others there is no sidecar.
        self.lead: Optional[Lead] = None
        self.follower: Optional[Follower] = None
        #: Of the last contact that took one.
        self.snapshot: Dict[str, Any] = {}
        self._place = place
        self._contacts = contacts
        self._server = server

    def gather(self, port: Optional[Collective], callbacks: Host, *, shares_saves: bool) -> None:
        """Connects the ranks, if there are several."""
        if port is None:
            return
        contacts, link, server = self._contacts, self._contacts.link, self._server
        crew: Crew
        if port.rank == 0:
            lead = crew = self.lead = Lead(
                port,
                server.serve,
                link.keep,
                shares_saves=shares_saves,
                has_callbacks=lambda: bool(callbacks.active),
                take_trips=callbacks.add_trips,
            )
            link.serve = lead.serve
            contacts.wants_meetings = True
            contacts.lost = lambda: lead.lost
        else:
            crew = self.follower = Follower(port, server.serve, trips=callbacks.take_trips)
            link.close()
        crew.introduce()
        server.keep = crew.keep
        server.is_shared = True
        # Rank 0 alone sees the flag: it must not go its own way for it.
        self._place.flag = memoryview(bytearray(1))

    def meet(self, act: "Callable[[], Steps[ApplyResult]]") -> "Steps[ApplyResult]":
        """Acts, on several ranks together with the others."""
        if self.follower is not None:
            return self._listen(self.follower)
        lead = self.lead
        if lead is None or lead.lost is not None:
            return (yield from act())
        place, contacts = self._place, self._contacts
        lead.begin()
        contacts.tables = None
        try:
            result = yield from act()
        except BaseException as error:
            lead.end({"error": f"{type(error).__name__}: {error}"}, place.step, is_settled=False)
            raise
        place.due = due = lead.next_step(place.step, place.wanted)
        header: Message = {"next": due, "seq": contacts.link.seq}
        if result is not IDLE:
            header["result"] = result._asdict()
        if contacts.tables is not None:
            header["moves"] = contacts.tables
        if self.snapshot:
            header["snapshot"] = self.snapshot
        lead.end(header, place.step, is_settled=not contacts.link.is_unsettled)
        if lead.lost is not None:
            self._go_alone()
        return result

    def has_nothing(self) -> bool:
        """Whether the ranks only meet: there is no reason for a contact."""
        return self.lead is not None and not self._contacts.link.page.flag[0] and self._place.step < self._place.wanted

    def tell_lost(self, apply: Callable[[], Any]) -> None:
        """The training has failed, perhaps for a rank that is gone: then the ledger names it."""
        lead = self.lead
        if lead is None or self._contacts.is_talking or lead.lost is not None or not lead.look_around():
            return
        self._go_alone()
        try:
            apply()
        except BaseException as error:
            self._contacts.link.note(f"{lead.lost}; it could not be recorded: {error}")

    def _go_alone(self) -> None:
        self._place.flag = self._contacts.link.page.flag
        self._contacts.want(NOW)

    def _listen(self, follower: Follower) -> ApplyResult:
        place = self._place
        end = follower.follow()
        if end is None:
            place.due = NEVER
            return IDLE
        place.due = end["next"]
        self._contacts.link.seq = end["seq"]
        self.snapshot = end.get("snapshot", {})
        if "moves" in end:
            self._contacts.take_moves(end["moves"])
        elif place.moves:
            place.move()
        result = result_of(end.get("result", {}))
        if result.rewound is not None:
            place.rewind(result.rewound)
        return result
